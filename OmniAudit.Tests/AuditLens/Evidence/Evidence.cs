using System.Text;
using OmniAudit.Modules.AuditLens.Evidence.Findings;
using OmniAudit.Modules.AuditLens.Evidence.Parsing;

namespace OmniAudit.Tests.AuditLens.Evidence;

/// <summary>Short ways to read a text as evidence.</summary>
internal static class Evidence
{
    public static ParsedEvidence Read(string text, string file = "", string profile = "auto", ParseBounds? bounds = null, string? reference = null) => Read(Encoding.UTF8.GetBytes(text), file, profile, bounds, reference);

    public static ParsedEvidence Read(byte[] bytes, string file = "", string profile = "auto", ParseBounds? bounds = null, string? reference = null) =>
        EvidenceReader.Read(new MemoryStream(bytes), new EvidenceSource(reference ?? $"evd:{file}", file), profile, bounds, CancellationToken.None);

    /// <summary>The one finding of a file that was read to its end by that parser.</summary>
    public static EvidenceFinding Single(string profile, string text, string file = "")
    {
        var read = Read(text, file);
        Assert.Equal(profile, read.Profile);
        Assert.Empty(read.Problems);
        return Assert.Single(read.Findings);
    }
}
