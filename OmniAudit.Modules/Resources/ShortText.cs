namespace OmniAudit.Modules.Resources;

/// <summary>Text from outside, short enough for a line or a field.</summary>
internal static class ShortText
{
    /// <summary>At most <paramref name="length"/> characters; what was cut ends in an ellipsis, never in half a character.</summary>
    public static string Of(string? text, int length)
    {
        if (text is null || text.Length <= length) return text ?? "";
        var keep = length - 1;
        return text[..(char.IsHighSurrogate(text[keep - 1]) ? keep - 1 : keep)] + "…";
    }
}
