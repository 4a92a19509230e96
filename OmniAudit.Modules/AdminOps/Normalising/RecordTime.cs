using System.Globalization;
using OmniAudit.Modules.AdminOps.Events;

namespace OmniAudit.Modules.AdminOps.Normalising;

/// <summary>Times as the sources and their exports write them. One without a zone is UTC, as the Management API's CreationTime is.</summary>
internal static class RecordTime
{
    private const string PowerShell = "/Date(";

    /// <summary>To the millisecond; <paramref name="now"/>, with a doubt, when there is none that can be kept.</summary>
    public static DateTimeOffset Parse(string? text, DateTimeOffset now, List<string> doubts)
    {
        if (text is null) doubts.Add("The record has no time; it is filed under when it was read.");
        else if (TryParse(text) is not { } time) doubts.Add($"'{(text.Length <= 60 ? text : text[..60])}' is no time; the record is filed under when it was read.");
        else if (time < EventId.Earliest || time > EventId.Latest) doubts.Add($"The record's time, {time.UtcDateTime:yyyy-MM-dd}, cannot be; it is filed under when it was read.");
        else return ToMillisecond(time);
        return ToMillisecond(now);
    }

    public static DateTimeOffset? TryParse(string text)
    {
        text = text.Trim();
        if (text.StartsWith(PowerShell, StringComparison.Ordinal))
        {
            var digits = text.AsSpan(PowerShell.Length);
            var end = digits.IndexOfAnyExcept("-0123456789".AsSpan());
            return end > 0 && long.TryParse(digits[..end], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var milliseconds) && Math.Abs(milliseconds) < 62_000_000_000_000
                ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;
        }
        // Bare numbers and times of day would be given a date.
        return text.Length is >= 8 and <= 60 && char.IsAsciiDigit(text[0]) && text.AsSpan().IndexOfAny('-', '/') > 0
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : null;
    }

    private static DateTimeOffset ToMillisecond(DateTimeOffset time) => DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());
}
