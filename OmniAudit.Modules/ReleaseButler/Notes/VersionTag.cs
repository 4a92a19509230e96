using System.Globalization;
using System.Numerics;

namespace OmniAudit.Modules.ReleaseButler.Notes;

/// <summary>
/// A tag that names a version: a prefix (<c>v</c>, <c>pkg@</c>, <c>app/v</c>, nothing) and one to four numbers, ordered as in Semantic Versioning 2.0.0 §11:
/// numeric identifiers by number, build metadata ignored. Leading zeros and fewer or more than three numbers are taken, for calendar versions.
/// </summary>
internal sealed class VersionTag
{
    private readonly BigInteger[] _numbers;
    private readonly string[] _prerelease;

    private VersionTag(string name, string prefix, BigInteger[] numbers, string[] prerelease) => (Name, Prefix, _numbers, _prerelease) = (name, prefix, numbers, prerelease);

    /// <summary>Earlier versions first.</summary>
    public static IComparer<VersionTag> Order { get; } = Comparer<VersionTag>.Create(Compare);

    public string Name { get; }
    public string Prefix { get; }
    public bool IsPrerelease => _prerelease.Length > 0;

    /// <summary>Null for a tag that names no version.</summary>
    public static VersionTag? TryParse(string name)
    {
        if (name.Length > 250) return null;
        // The first place where a version of two numbers or more begins; else one number at the end (v1, release-7).
        for (var least = 2; least >= 1; least--)
        {
            for (var i = 0; i < name.Length; i++)
            {
                if (!char.IsAsciiDigit(name[i]) || (i > 0 && (char.IsAsciiDigit(name[i - 1]) || name[i - 1] == '.'))) continue;
                if (Read(name, i, least) is { } version) return version;
            }
        }
        return null;
    }

    /// <summary>Below 0 when this is the earlier version.</summary>
    public static int Compare(VersionTag version, VersionTag other)
    {
        for (var i = 0; i < Math.Max(version._numbers.Length, other._numbers.Length); i++)
        {
            var order = (i < version._numbers.Length ? version._numbers[i] : 0).CompareTo(i < other._numbers.Length ? other._numbers[i] : 0);
            if (order != 0) return order;
        }
        if (version.IsPrerelease != other.IsPrerelease) return version.IsPrerelease ? -1 : 1;
        for (var i = 0; i < Math.Min(version._prerelease.Length, other._prerelease.Length); i++)
        {
            var order = Compare(version._prerelease[i], other._prerelease[i]);
            if (order != 0) return order;
        }
        return version._prerelease.Length.CompareTo(other._prerelease.Length);
    }

    private static int Compare(string left, string right) => (IsNumber(left), IsNumber(right)) switch
    {
        (true, true) => BigInteger.Parse(left, CultureInfo.InvariantCulture).CompareTo(BigInteger.Parse(right, CultureInfo.InvariantCulture)),
        (true, false) => -1,
        (false, true) => 1,
        _ => string.CompareOrdinal(left, right),
    };

    private static bool IsNumber(string text) => text.All(char.IsAsciiDigit);

    private static VersionTag? Read(string name, int start, int least)
    {
        var at = start;
        var numbers = new List<BigInteger>();
        while (true)
        {
            var from = at;
            while (at < name.Length && char.IsAsciiDigit(name[at])) at++;
            if (at == from) return null;
            numbers.Add(BigInteger.Parse(name.AsSpan(from, at - from), CultureInfo.InvariantCulture));
            if (at >= name.Length || name[at] != '.') break;
            at++;
        }
        if (numbers.Count < least || numbers.Count > 4) return null;
        var rest = name[at..];
        if (rest.IndexOf('+', StringComparison.Ordinal) is >= 0 and var plus)
        {
            if (!Identifiers(rest[(plus + 1)..])) return null;
            rest = rest[..plus];
        }
        if (rest.Length == 0) return new VersionTag(name, name[..start], [.. numbers], []);
        // One number with something behind it is a version only where nothing but v stands before: v1-rc1.
        if (numbers.Count == 1 && name[..start] is not ("" or "v" or "V")) return null;
        // Without a hyphen: 1.2.3rc1, 2.0.0.beta2 as Python and Ruby write it.
        var identifiers = rest[0] is '-' or '.' ? rest[1..] : rest;
        return Identifiers(identifiers) ? new VersionTag(name, name[..start], [.. numbers], identifiers.Split('.')) : null;
    }

    private static bool Identifiers(string text) => text.Length > 0 && text.Split('.').All(p => p.Length > 0 && p.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'));
}
