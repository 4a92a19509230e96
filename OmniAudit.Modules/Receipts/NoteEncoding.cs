using System.Globalization;
using System.Text;

namespace OmniAudit.Modules.Receipts;

/// <summary>
/// The encodings that C2SP's text formats share, read strictly: one value has one spelling, so no signed byte can be
/// changed without notice. All members throw <see cref="FormatException"/>.
/// </summary>
internal static class NoteEncoding
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>ASCII digits without leading zeros, up to 2⁶⁴−1.</summary>
    public static ulong Number(string text)
    {
        if (text.Length is 0 or > 20 || !text.All(char.IsAsciiDigit) || (text.Length > 1 && text[0] == '0')
            || !ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            throw new FormatException($"'{Shown(text)}' is not a decimal number without leading zeros.");
        }
        return value;
    }

    /// <summary>RFC 4648 §4 with padding, no white space, unused bits zero.</summary>
    public static byte[] Base64(string text)
    {
        var buffer = new byte[text.Length];
        if (text.Length == 0 || !Convert.TryFromBase64String(text, buffer, out var length) || Convert.ToBase64String(buffer, 0, length) != text)
        {
            throw new FormatException($"'{Shown(text)}' is not canonical base64.");
        }
        return buffer[..length];
    }

    /// <summary>The base64 of a SHA-256 hash.</summary>
    public static byte[] Hash(string text)
    {
        var hash = Base64(text);
        return hash.Length == MerkleTree.HashSize ? hash : throw new FormatException($"A hash has {MerkleTree.HashSize} bytes, not {hash.Length}.");
    }

    public static byte[] Bytes(string text)
    {
        try
        {
            return StrictUtf8.GetBytes(text);
        }
        catch (EncoderFallbackException e)
        {
            throw new FormatException("The text is not valid Unicode.", e);
        }
    }

    public static string Text(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new FormatException("The text is not valid UTF-8.", e);
        }
    }

    private static string Shown(string text) => text.Length <= 60 ? text : text[..60] + "…";
}
