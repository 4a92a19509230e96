using System.Text;

namespace OmniAudit.Modules.SiteLint.Fence;

/// <summary>The head of an HTTP/1.x message: its first line and its header fields, in order (RFC 9112 §2 to §5).</summary>
internal sealed record HttpHead(string FirstLine, IReadOnlyList<(string Name, string Value)> Fields)
{
    // RFC 9110 §7.6.1: meant for one connection only; what Connection names is dropped as well.
    private static readonly HashSet<string> HopByHop = new(
        ["connection", "proxy-connection", "keep-alive", "te", "trailer", "upgrade", "proxy-authorization", "proxy-authenticate"],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads a head without its closing empty line. Null when it is malformed: folded lines, bare control characters and blanks before a colon are how requests are smuggled.</summary>
    public static HttpHead? Parse(ReadOnlySpan<byte> bytes)
    {
        var lines = Encoding.Latin1.GetString(bytes).Split("\r\n");
        if (lines[0].Length == 0 || lines.Any(l => l.Any(c => (c < ' ' && c != '\t') || c == '\u007f'))) return null;
        var fields = new List<(string, string)>(lines.Length);
        foreach (var line in lines.Skip(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || !line.AsSpan(0, colon).ToString().All(IsTokenCharacter)) return null;
            fields.Add((line[..colon], line[(colon + 1)..].Trim(' ', '\t')));
        }
        return new HttpHead(lines[0], fields);
    }

    public IEnumerable<string> Values(string name) => Fields.Where(f => f.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(f => f.Value);

    /// <summary>The head as the next hop must see it: another first line, no hop-by-hop fields, one message per connection.</summary>
    public byte[] ForNextHop(string firstLine, params ReadOnlySpan<(string Name, string Value)> replaced)
    {
        var dropped = Values("Connection").SelectMany(v => v.Split(',', StringSplitOptions.TrimEntries)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var text = new StringBuilder(firstLine).Append("\r\n");
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in replaced)
        {
            names.Add(name);
            text.Append(name).Append(": ").Append(value).Append("\r\n");
        }
        foreach (var (name, value) in Fields)
        {
            if (HopByHop.Contains(name) || dropped.Contains(name) || names.Contains(name)) continue;
            text.Append(name).Append(": ").Append(value).Append("\r\n");
        }
        return Encoding.Latin1.GetBytes(text.Append("Connection: close\r\n\r\n").ToString());
    }

    private static bool IsTokenCharacter(char c) => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal);
}
