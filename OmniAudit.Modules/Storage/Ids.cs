using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace OmniAudit.Modules.Storage;

/// <summary>Identifiers such as <c>apr_01jd3…</c>: a prefix that names the kind, then 48 bits of time and 80 random bits (the ULID layout, lower case), so they sort by creation.</summary>
internal static partial class Ids
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    public static string New(string prefix, TimeProvider time)
    {
        Span<byte> random = stackalloc byte[16];
        RandomNumberGenerator.Fill(random);
        Span<char> text = stackalloc char[26];
        var milliseconds = time.GetUtcNow().ToUnixTimeMilliseconds();
        for (var i = 9; i >= 0; i--, milliseconds >>= 5) text[i] = Alphabet[(int)(milliseconds & 31)];
        for (var i = 10; i < 26; i++) text[i] = Alphabet[random[i - 10] & 31];
        return $"{prefix}_{text}";
    }

    /// <summary>Sorts before every id of this kind that is made at <paramref name="time"/> or later, and after all earlier ones.</summary>
    public static string First(string prefix, DateTimeOffset time)
    {
        Span<char> text = stackalloc char[26];
        text.Fill(Alphabet[0]);
        var milliseconds = time.ToUnixTimeMilliseconds();
        for (var i = 9; i >= 0; i--, milliseconds >>= 5) text[i] = Alphabet[(int)(milliseconds & 31)];
        return $"{prefix}_{text}";
    }

    /// <summary>Everything in a text that looks like an id of any kind, <c>fnd_…</c> among them.</summary>
    public static IEnumerable<string> In(string text) => Form().Matches(text).Select(m => m.Value);

    /// <summary>When <paramref name="id"/> was made, to the millisecond; null when it is not of this form.</summary>
    public static DateTimeOffset? TimeOf(string id)
    {
        var text = id.AsSpan(id.IndexOf('_', StringComparison.Ordinal) + 1);
        if (text.Length != 26) return null;
        var milliseconds = 0L;
        foreach (var digit in text[..10])
        {
            var value = Alphabet.IndexOf(digit, StringComparison.Ordinal);
            if (value < 0) return null;
            milliseconds = (milliseconds << 5) | (uint)value;
        }
        return milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;
    }

    [GeneratedRegex("[a-z]{3}_[0-9a-z]{20,26}", RegexOptions.NonBacktracking)]
    private static partial Regex Form();
}
