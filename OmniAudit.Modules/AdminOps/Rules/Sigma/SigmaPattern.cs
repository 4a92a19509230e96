using System.Text;

namespace OmniAudit.Modules.AdminOps.Rules.Sigma;

/// <summary>
/// A text to look for, with <c>*</c> any characters and <c>?</c> one. A backslash before <c>*</c>, <c>?</c> or a backslash makes it plain; before anything else it is one itself.
/// Matching takes at most length × pattern steps, whatever the pattern.
/// </summary>
internal sealed class SigmaPattern
{
    private const int AnyRun = -1, OneCharacter = -2, AnyDash = -3;
    private const string Dashes = "-/–—―";

    private readonly int[] _parts;
    private readonly string? _core;
    private readonly bool _open, _ends;

    private SigmaPattern(int[] parts)
    {
        _parts = parts;
        (_open, _ends) = (parts is [AnyRun, ..], parts is [.., AnyRun]);
        var inner = parts.AsSpan()[(_open ? 1 : 0)..Math.Max(_open ? 1 : 0, parts.Length - (_ends && parts.Length > 1 ? 1 : 0))];
        // What has no wildcard inside needs no walk.
        if (inner.IndexOfAnyInRange(AnyDash, AnyRun) < 0) _core = string.Create(inner.Length, inner.ToArray(), (span, codes) => { for (var i = 0; i < span.Length; i++) span[i] = (char)codes[i]; });
    }

    /// <summary>The whole text when it has no wildcard, else null.</summary>
    public string? Literal => _open || _ends ? null : _core;

    /// <summary>For people: the text without escapes.</summary>
    public string Shown => string.Concat(_parts.Select(p => p switch { AnyRun => "*", OneCharacter => "?", AnyDash => "-", _ => ((char)p).ToString() }));

    public static SigmaPattern Parse(string text)
    {
        var parts = new List<int>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length && text[i + 1] is ('*' or '?' or '\\')) parts.Add(text[++i]);
            else parts.Add(text[i] switch { '*' => AnyRun, '?' => OneCharacter, var plain => plain });
        }
        return new SigmaPattern([.. parts]);
    }

    /// <summary>Every character stands for itself.</summary>
    public static SigmaPattern Plain(string text) => new([.. text.Select(c => (int)c)]);

    public SigmaPattern Contains() => StartsWith().EndsWith();

    public SigmaPattern StartsWith() => _ends ? this : new([.. _parts, AnyRun]);

    public SigmaPattern EndsWith() => _open && _parts.Length > 0 ? this : new([AnyRun, .. _parts]);

    /// <summary>A dash or slash that begins a word matches every character that command lines take for one.</summary>
    public SigmaPattern WindowsDashes()
    {
        var parts = (int[])_parts.Clone();
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i] is '-' or '/' && (i == 0 || !IsWord(parts[i - 1])) && i + 1 < parts.Length && IsWord(parts[i + 1])) parts[i] = AnyDash;
        }
        return new SigmaPattern(parts);

        static bool IsWord(int part) => part >= 0 && (char.IsLetterOrDigit((char)part) || part == '_');
    }

    public bool IsMatch(string text, bool cased)
    {
        var how = cased ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
        if (_core is null) return Walk(text, cased);
        if (_parts is [AnyRun]) return true;
        return (_open, _ends) switch
        {
            (true, true) => text.Contains(_core, how),
            (true, false) => text.EndsWith(_core, how),
            (false, true) => text.StartsWith(_core, how),
            _ => text.Equals(_core, how),
        };
    }

    private bool Walk(string text, bool cased)
    {
        var (at, part, star, retry) = (0, 0, -1, 0);
        while (at < text.Length)
        {
            if (part < _parts.Length && _parts[part] == AnyRun) (star, retry) = (part++, at);
            else if (part < _parts.Length && Same(_parts[part], text[at], cased)) (at, part) = (at + 1, part + 1);
            else if (star >= 0) (part, at) = (star + 1, ++retry);
            else return false;
        }
        while (part < _parts.Length && _parts[part] == AnyRun) part++;
        return part == _parts.Length;
    }

    private static bool Same(int part, char c, bool cased) => part switch
    {
        OneCharacter => true,
        AnyDash => Dashes.Contains(c, StringComparison.Ordinal),
        _ => part == c || (!cased && char.ToUpperInvariant((char)part) == char.ToUpperInvariant(c)),
    };
}

/// <summary>Sigma's encodings of a text. A text with wildcards has none.</summary>
internal static class SigmaEncodings
{
    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    public static byte[] Utf16(string text, bool bigEndian, bool mark)
    {
        var encoding = new UnicodeEncoding(bigEndian, mark);
        return [.. mark ? encoding.GetPreamble() : [], .. encoding.GetBytes(text)];
    }

    /// <summary>The three texts that these bytes are within longer base64, by where they begin in a group of three: only what does not depend on their neighbours.</summary>
    public static IEnumerable<string> Base64Offsets(byte[] bytes)
    {
        int[] starts = [0, 2, 3], ends = [0, 3, 2];
        for (var offset = 0; offset < 3; offset++)
        {
            var text = Convert.ToBase64String([.. new byte[offset], .. bytes]);
            var length = text.Length - ends[(bytes.Length + offset) % 3] - starts[offset];
            if (length > 0) yield return text.Substring(starts[offset], length);
        }
    }
}
