namespace OmniAudit.Modules.AuditLens.Evidence.Logs;

/// <summary>Knows whether a line is inside a private key. Give it every line, in order.</summary>
internal sealed class KeyLines
{
    public const string Mark = "[redacted:private-key]";
    private const int LongestKey = 200;
    private int _left;

    /// <param name="line">The line's bytes.</param>
    /// <param name="decoded">The same as text; asked for only where it matters.</param>
    public bool Holds(ReadOnlySpan<byte> line, Func<string> decoded)
    {
        if (_left > 0)
        {
            var text = ActionsLine.Of(decoded()).Text.AsSpan().Trim();
            var ends = text.StartsWith("-----END ");
            // A head without a key behind it hides nothing: a key's lines are Base64, or "Name: value".
            var isKey = ends || text.IsEmpty || !text.Contains(' ') || text.Contains(": ", StringComparison.Ordinal) && text.Length < 80;
            _left = ends || !isKey ? 0 : _left - 1;
            return isKey;
        }
        if (line.IndexOf("-----BEGIN "u8) < 0 || line.IndexOf("PRIVATE KEY"u8) < 0) return false;
        _left = line.IndexOf("-----END "u8) >= 0 ? 0 : LongestKey;
        return true;
    }
}
