using System.Globalization;

namespace OmniAudit.Modules.Receipts;

/// <summary>
/// The part of a c2sp.org/tlog-tiles address after <c>tile/</c>: <c>&lt;L&gt;/&lt;N&gt;[.p/&lt;W&gt;]</c>, or
/// <c>entries/&lt;N&gt;[.p/&lt;W&gt;]</c>. Read strictly: one tile has one spelling, so a cache holds it once.
/// </summary>
/// <param name="Level">0 to <see cref="MaxLevel"/>; null for a bundle of entries.</param>
/// <param name="Index">Which tile of its level, below 2⁴⁸.</param>
/// <param name="Width">1 to 256; less than <see cref="FullWidth"/> for a partial tile.</param>
internal sealed record LogTilePath(int? Level, ulong Index, int Width)
{
    public const int FullWidth = 256;
    /// <summary>A tile of level 6 would need 2⁴⁸ receipts.</summary>
    public const int MaxLevel = 5;
    private const int MaxElements = 5; // 10¹⁵ tiles, more than any log here can have

    /// <summary>What one hash of the tile (or one entry) covers is 256^level leaves.</summary>
    public int LevelOfHashes => 8 * (Level ?? 0);

    /// <summary>Null unless the text is exactly how the tile is spelled.</summary>
    public static LogTilePath? Parse(string text)
    {
        var parts = text.Split('/');
        if (parts.Length < 2) return null;
        int? level = null;
        if (parts[0] != "entries")
        {
            if (parts[0].Length != 1 || parts[0][0] is < '0' or > (char)('0' + MaxLevel)) return null;
            level = parts[0][0] - '0';
        }
        var width = FullWidth;
        var last = parts.Length - 1;
        if (parts[last - 1].EndsWith(".p", StringComparison.Ordinal))
        {
            if (Width255(parts[last]) is not { } partial) return null;
            width = partial;
            last--;
            parts[last] = parts[last][..^2];
        }
        if (last is < 1 or > MaxElements) return null;
        var index = 0UL;
        for (var i = 1; i <= last; i++)
        {
            var digits = parts[i];
            if (i < last)
            {
                if (digits.Length != 4 || digits[0] != 'x') return null;
                digits = digits[1..];
                // A first element of zeros would be a second spelling.
                if (i == 1 && digits == "000") return null;
            }
            if (digits.Length != 3 || !digits.All(char.IsAsciiDigit)) return null;
            index = (index * 1000) + ulong.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
        }
        return index < 1UL << 48 ? new LogTilePath(level, index, width) : null;
    }

    public override string ToString()
    {
        var number = (Index % 1000).ToString("000", CultureInfo.InvariantCulture);
        for (var rest = Index / 1000; rest > 0; rest /= 1000) number = $"x{(rest % 1000).ToString("000", CultureInfo.InvariantCulture)}/{number}";
        return $"{Level?.ToString(CultureInfo.InvariantCulture) ?? "entries"}/{number}{(Width == FullWidth ? "" : $".p/{Width.ToString(CultureInfo.InvariantCulture)}")}";
    }

    private static int? Width255(string text) =>
        text.Length is >= 1 and <= 3 && text.All(char.IsAsciiDigit) && text[0] != '0' && int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) is var width and < FullWidth
            ? width : null;
}
