namespace OmniAudit.Modules.Tools;

/// <summary>The invisible line below what this server posts: it finds it again when nobody saw the end of the posting. A secret until it is there.</summary>
internal static class OperationMarker
{
    public const string Start = "<!-- omniaudit-op:";
    private const string End = " -->";

    public static string Of(ToolCall call) => $"{Start}{call.OperationId}{End}";

    /// <summary>A text that holds one would pass itself off as another operation's.</summary>
    public static bool IsIn(string text) => text.Contains(Start, StringComparison.OrdinalIgnoreCase);

    /// <summary>The operation that a text ends with; null when it ends otherwise.</summary>
    public static string? IdAtEnd(string? body)
    {
        var text = body?.TrimEnd() ?? "";
        var at = text.LastIndexOf(Start, StringComparison.Ordinal);
        return at >= 0 && text.EndsWith(End, StringComparison.Ordinal) && text[(at + Start.Length)..^End.Length] is { Length: > 0 and <= 40 } id && id.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') ? id : null;
    }
}
