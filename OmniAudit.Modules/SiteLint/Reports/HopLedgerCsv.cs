using System.Globalization;
using System.Text;

namespace OmniAudit.Modules.SiteLint.Reports;

/// <summary>The fence's ledger as CSV (RFC 4180): every host, port and address that was asked for, the verdict and its reason.</summary>
internal static class HopLedgerCsv
{
    public static byte[] Write(ReportNetwork network)
    {
        var csv = new StringBuilder("via,host,port,address,allowed,code,reason,count\r\n");
        foreach (var h in network.Hops)
            csv.AppendJoin(',', Field(h.Via), Field(h.Host), h.Port.ToString(CultureInfo.InvariantCulture), Field(h.Address), h.Allowed ? "true" : "false", Field(h.Code), Field(h.Reason), h.Count.ToString(CultureInfo.InvariantCulture)).Append("\r\n");
        if (network.Unlisted > 0) csv.AppendJoin(',', "", "", "", "", "", "unlisted", "beyond the ledger's bound", network.Unlisted.ToString(CultureInfo.InvariantCulture)).Append("\r\n");
        return new UTF8Encoding(false).GetBytes(csv.ToString());
    }

    /// <summary>Spreadsheets run a field that begins like a formula: it gets an apostrophe.</summary>
    private static string Field(string text)
    {
        if (text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r') text = "'" + text;
        return text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
