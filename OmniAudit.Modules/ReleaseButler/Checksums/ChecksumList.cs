using System.Text;

namespace OmniAudit.Modules.ReleaseButler.Checksums;

/// <summary>One line of a list of checksums.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Name">As it is written, unescaped; empty for a bare hash.</param>
/// <param name="Algorithm"><c>sha256</c>, <c>sha512</c>, <c>md5</c>, …; by its tag or by its length.</param>
/// <param name="Hex">Lower case.</param>
internal sealed record ChecksumLine(int Line, string Name, string Algorithm, string Hex)
{
    /// <summary>What follows the last slash: lists are made in other directories.</summary>
    public string BaseName => Name[(Name.LastIndexOf('/') + 1)..];
}

/// <summary>A line that says nothing usable.</summary>
internal sealed record ChecksumFault(int Line, string Why);

/// <summary>What a list says of one file.</summary>
/// <param name="Sha256">Lower-case hex; null when it says nothing, or contradicts itself.</param>
/// <param name="Contradicts">Two different SHA-256 of the name.</param>
/// <param name="Others">Other algorithms under the name.</param>
internal sealed record ChecksumAnswer(string? Sha256, bool Contradicts, IReadOnlyList<string> Others);

/// <summary>
/// SHA256SUMS in every spelling that <c>sha256sum -c</c> (coreutils 9) takes: <c>HEX␠␠name</c>, <c>HEX␠*name</c>, one blank or a tab, upper case,
/// leading blanks, comments, CRLF, no last newline, <c>SHA256 (name) = HEX</c>, openssl's <c>SHA256(name)= HEX</c>, and names escaped behind <c>\</c>.
/// Beyond it a byte order mark, with a warning, and a bare hash in a file that is named after its only subject. Never a first line for want of a name.
/// </summary>
/// <param name="Lines">In order.</param>
/// <param name="Faults">Lines that are neither a checksum nor empty nor a comment; the first hundred.</param>
/// <param name="Warnings">In words.</param>
internal sealed record ChecksumList(IReadOnlyList<ChecksumLine> Lines, IReadOnlyList<ChecksumFault> Faults, IReadOnlyList<string> Warnings)
{
    /// <summary>A list of ten thousand files with long names is smaller.</summary>
    public const int LargestFile = 4 * 1024 * 1024;
    public const int MostLines = 50_000;
    private const int MostFaults = 100;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: false);

    private static readonly Dictionary<int, string> ByLength = new() { [32] = "md5", [40] = "sha1", [56] = "sha224", [64] = "sha256", [96] = "sha384", [128] = "sha512" };

    /// <summary>The tags that coreutils and openssl write, with the length of their hex.</summary>
    private static readonly Dictionary<string, (string Algorithm, int Length)> ByTag = new(StringComparer.Ordinal)
    {
        ["MD5"] = ("md5", 32), ["SHA1"] = ("sha1", 40), ["SHA224"] = ("sha224", 56), ["SHA256"] = ("sha256", 64), ["SHA384"] = ("sha384", 96), ["SHA512"] = ("sha512", 128),
        ["SHA2-256"] = ("sha256", 64), ["SHA2-512"] = ("sha512", 128), ["BLAKE2b"] = ("blake2b", 128), ["SHA3-256"] = ("sha3-256", 64), ["SHA3-512"] = ("sha3-512", 128), ["SM3"] = ("sm3", 64),
    };

    /// <summary>A name that lists of checksums have, in any case: <c>SHA256SUMS</c>, <c>checksums.txt</c>, <c>app_1.2_checksums.txt</c>, <c>app.zip.sha256</c>; not their signatures.</summary>
    public static bool IsListName(string name) =>
        name.EndsWith(".sha256", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".sha256sum", StringComparison.OrdinalIgnoreCase)
        || name.Equals("SHA256SUMS", StringComparison.OrdinalIgnoreCase) || name.EndsWith("SHA256SUMS.txt", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith("SHA256SUMS", StringComparison.OrdinalIgnoreCase) || name.EndsWith("checksums.txt", StringComparison.OrdinalIgnoreCase);

    /// <param name="subject">The file that the list's own name says it is about (<c>app.zip</c> of <c>app.zip.sha256</c>): there a bare hash is its; null elsewhere.</param>
    /// <exception cref="FormatException">Too large, too many lines, or no text.</exception>
    public static ChecksumList Parse(ReadOnlySpan<byte> bytes, string? subject = null)
    {
        if (bytes.Length > LargestFile) throw new FormatException($"A list of checksums has at most {LargestFile} bytes.");
        if (bytes.Contains((byte)0)) throw new FormatException("A list of checksums is text; this has zero bytes in it.");
        var warnings = new List<string>();
        if (bytes.StartsWith(Encoding.UTF8.Preamble))
        {
            bytes = bytes[3..];
            warnings.Add("The list begins with a byte order mark, which sha256sum -c does not take.");
        }
        var lines = new List<ChecksumLine>();
        var faults = new List<ChecksumFault>();
        var number = 0;
        foreach (var raw in Utf8.GetString(bytes).Split('\n'))
        {
            if (++number > MostLines + 1) throw new FormatException($"A list of checksums has at most {MostLines} lines.");
            var text = raw.EndsWith('\r') ? raw[..^1] : raw;
            if (text.StartsWith('#') || text.TrimStart(' ', '\t').Length == 0) continue;
            if (Read(text, number) is { } line) lines.Add(line);
            else if (subject is not null && Bare(text.Trim(' ', '\t')) is { } algorithm) lines.Add(new ChecksumLine(number, subject, algorithm, Lower(text.Trim(' ', '\t'))));
            else if (faults.Count < MostFaults) faults.Add(new ChecksumFault(number, Bare(text.Trim(' ', '\t')) is null ? "is no checksum line" : "is a hash without a name"));
        }
        return new ChecksumList(lines, faults, warnings);
    }

    /// <summary>What it says of a file, by the last part of the names.</summary>
    public ChecksumAnswer Of(string name)
    {
        var named = Lines.Where(l => l.BaseName == name).ToList();
        var hashes = named.Where(l => l.Algorithm == "sha256").Select(l => l.Hex).Distinct(StringComparer.Ordinal).ToList();
        return new ChecksumAnswer(hashes is [var only] ? only : null, hashes.Count > 1, [.. named.Select(l => l.Algorithm).Where(a => a != "sha256").Distinct(StringComparer.Ordinal)]);
    }

    private static ChecksumLine? Read(string text, int number)
    {
        var at = 0;
        while (at < text.Length && text[at] is ' ' or '\t') at++;
        var rest = text[at..];
        var escaped = rest.StartsWith('\\');
        if (escaped) rest = rest[1..];
        return Tagged(rest, escaped, number) ?? Plain(rest, escaped, number);
    }

    /// <summary><c>SHA256 (name) = HEX</c> and <c>SHA256(name)= HEX</c>: the last parenthesis ends the name.</summary>
    private static ChecksumLine? Tagged(string text, bool escaped, int number)
    {
        var open = text.IndexOf('(', StringComparison.Ordinal);
        if (open < 3 || !ByTag.TryGetValue(text[..open].EndsWith(' ') ? text[..(open - 1)] : text[..open], out var kind)) return null;
        var close = text.LastIndexOf(')');
        if (close <= open) return null;
        var after = text[(close + 1)..].TrimStart(' ', '\t');
        if (!after.StartsWith('=')) return null;
        var hex = after[1..].TrimStart(' ', '\t');
        return hex.Length == kind.Length && IsHex(hex) && Name(text[(open + 1)..close], escaped) is { Length: > 0 } name ? new ChecksumLine(number, name, kind.Algorithm, Lower(hex)) : null;
    }

    /// <summary>Hex, one blank or tab, at most one more character that says how it was read, and the name: one that begins with a blank or a star is real.</summary>
    private static ChecksumLine? Plain(string text, bool escaped, int number)
    {
        var length = 0;
        while (length < text.Length && char.IsAsciiHexDigit(text[length])) length++;
        if (length + 1 >= text.Length || text[length] is not (' ' or '\t') || !ByLength.TryGetValue(length, out var algorithm)) return null;
        var name = text[(length + 1)..];
        if (name.Length > 1 && name[0] is ' ' or '*') name = name[1..];
        return Name(name, escaped) is { Length: > 0 } whole ? new ChecksumLine(number, whole, algorithm, Lower(text[..length])) : null;
    }

    /// <summary>Null for an escape that does not exist.</summary>
    private static string? Name(string name, bool escaped)
    {
        if (!escaped) return name;
        var whole = new StringBuilder(name.Length);
        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] != '\\')
            {
                whole.Append(name[i]);
                continue;
            }
            if (++i == name.Length) return null;
            switch (name[i])
            {
                case '\\': whole.Append('\\'); break;
                case 'n': whole.Append('\n'); break;
                case 'r': whole.Append('\r'); break;
                default: return null;
            }
        }
        return whole.ToString();
    }

    private static string? Bare(string text) => IsHex(text) ? ByLength.GetValueOrDefault(text.Length) : null;

    private static bool IsHex(string text) => text.Length > 0 && text.All(char.IsAsciiHexDigit);

    private static string Lower(string hex) => hex.ToLowerInvariant();
}
