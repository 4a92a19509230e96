using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace OmniAudit.Modules.Tools;

/// <summary>JSON as RFC 8785 (JCS) writes it: the same value always has the same bytes, so they can be hashed and signed.</summary>
internal static class CanonicalJson
{
    /// <exception cref="FormatException">A number is not finite or a string holds a lone surrogate (RFC 8785 §3.2.2.2).</exception>
    public static byte[] Write(JsonElement value)
    {
        var output = new ArrayBufferWriter<byte>();
        try
        {
            Append(output, value);
        }
        catch (InvalidOperationException halfPair)
        {
            throw new FormatException("A string holds half of a surrogate pair.", halfPair);
        }
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Lower-case hex SHA-256.</summary>
    public static string Sha256Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static void Append(ArrayBufferWriter<byte> output, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                Text(output, "{");
                var first = true;
                // RFC 8785 §3.2.3: properties are sorted by UTF-16 code units.
                foreach (var property in value.EnumerateObject().OrderBy(p => p.Name, StringComparer.Ordinal))
                {
                    if (!first) Text(output, ",");
                    first = false;
                    String(output, property.Name);
                    Text(output, ":");
                    Append(output, property.Value);
                }
                Text(output, "}");
                break;
            case JsonValueKind.Array:
                Text(output, "[");
                var index = 0;
                foreach (var item in value.EnumerateArray())
                {
                    if (index++ > 0) Text(output, ",");
                    Append(output, item);
                }
                Text(output, "]");
                break;
            case JsonValueKind.String: String(output, value.GetString()!); break;
            case JsonValueKind.Number: Text(output, Number(value.GetDouble())); break;
            case JsonValueKind.True: Text(output, "true"); break;
            case JsonValueKind.False: Text(output, "false"); break;
            case JsonValueKind.Null: Text(output, "null"); break;
            default: throw new FormatException("The value is not JSON.");
        }
    }

    private static void Text(ArrayBufferWriter<byte> output, string ascii) => Encoding.ASCII.GetBytes(ascii, output);

    private static void String(ArrayBufferWriter<byte> output, string value)
    {
        var text = new StringBuilder(value.Length + 2).Append('"');
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            switch (c)
            {
                case '"': text.Append("\\\""); break;
                case '\\': text.Append("\\\\"); break;
                case '\b': text.Append("\\b"); break;
                case '\f': text.Append("\\f"); break;
                case '\n': text.Append("\\n"); break;
                case '\r': text.Append("\\r"); break;
                case '\t': text.Append("\\t"); break;
                case < ' ': text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture)); break;
                default:
                    if (char.IsSurrogate(c))
                    {
                        if (i + 1 >= value.Length || !char.IsSurrogatePair(c, value[i + 1])) throw new FormatException("A string holds half of a surrogate pair.");
                        text.Append(c).Append(value[++i]);
                        break;
                    }
                    text.Append(c);
                    break;
            }
        }
        Encoding.UTF8.GetBytes(text.Append('"').ToString(), output);
    }

    /// <summary>ECMAScript's Number::toString (RFC 8785 §3.2.2.3) from .NET's shortest round-trip digits.</summary>
    private static string Number(double value)
    {
        if (!double.IsFinite(value)) throw new FormatException("A number is not finite.");
        if (value == 0) return "0";
        var (digits, exponent) = Parse(Math.Abs(value).ToString("R", CultureInfo.InvariantCulture));
        var sign = value < 0 ? "-" : "";
        var n = exponent + 1;
        if (digits.Length <= n && n <= 21) return sign + digits + new string('0', n - digits.Length);
        if (0 < n && n <= 21) return sign + digits[..n] + "." + digits[n..];
        if (-6 < n && n <= 0) return sign + "0." + new string('0', -n) + digits;
        var mantissa = digits.Length == 1 ? digits : digits[..1] + "." + digits[1..];
        return sign + mantissa + "e" + (n - 1 >= 0 ? "+" : "-") + Math.Abs(n - 1).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The significant digits and the decimal exponent of the first of them.</summary>
    private static (string Digits, int Exponent) Parse(string text)
    {
        var exponent = 0;
        var e = text.IndexOf('E', StringComparison.Ordinal);
        if (e >= 0)
        {
            exponent = int.Parse(text[(e + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            text = text[..e];
        }
        var point = text.IndexOf('.', StringComparison.Ordinal);
        var whole = point < 0 ? text : text[..point];
        var digits = point < 0 ? text : whole + text[(point + 1)..];
        var leading = digits.Length - digits.TrimStart('0').Length;
        return (digits.Trim('0') is { Length: > 0 } trimmed ? trimmed : "0", exponent + whole.Length - 1 - leading);
    }
}
