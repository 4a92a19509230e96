using System.Globalization;
using System.Text.RegularExpressions;

namespace OmniAudit.Modules.Settings;

/// <summary>
/// Whose approval a write needs: <c>2 maintainers and 1 security or 1 admins</c>. <c>and</c> binds tighter than <c>or</c>; a
/// number may be left out when it is 1; <c>anyone</c> is every operator. Each approver fills one place only, so
/// <c>1 maintainers and 1 security</c> needs two people even where somebody is in both groups.
/// </summary>
public sealed partial record Requirement
{
    /// <summary>The group that every operator is in.</summary>
    public const string Anyone = "anyone";
    /// <summary>The form, for error texts.</summary>
    public const string Allowed = "groups with numbers joined by 'and' and 'or', such as: 2 maintainers and 1 security or 1 admins; at most 10 approvers and 5 alternatives";
    private const int MostApprovers = 10;
    private const int MostAlternatives = 5;

    private Requirement(IReadOnlyList<IReadOnlyList<Place>> alternatives) => Alternatives = alternatives;

    /// <summary>One of these lists must be filled completely.</summary>
    public IReadOnlyList<IReadOnlyList<Place>> Alternatives { get; }

    /// <summary>One person, whoever it is.</summary>
    public static Requirement OneOfAnyone { get; } = new([[new Place(1, Anyone)]]);

    /// <summary>So many approvers out of one group.</summary>
    public sealed record Place(int Count, string Group);

    /// <summary>Null when the text does not have the form of <see cref="Allowed"/>.</summary>
    public static Requirement? TryParse(string text)
    {
        var alternatives = new List<IReadOnlyList<Place>>();
        foreach (var alternative in Regex.Split(text.Trim(), @"\s+or\s+", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase))
        {
            var places = new List<Place>();
            foreach (var part in Regex.Split(alternative, @"\s+and\s+", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase))
            {
                var match = PlaceForm().Match(part);
                if (!match.Success) return null;
                var count = match.Groups[1].Success ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 1;
                var group = match.Groups[2].Value.ToLowerInvariant();
                if (count < 1 || group is "and" or "or") return null;
                places.Add(new Place(count, group));
            }
            if (places.Sum(p => p.Count) > MostApprovers) return null;
            alternatives.Add(places);
        }
        return alternatives.Count <= MostAlternatives ? new Requirement(alternatives) : null;
    }

    /// <summary>True when somebody in these groups can fill a place.</summary>
    public bool CanCount(IReadOnlyCollection<string> groups) => Alternatives.Any(a => a.Any(p => IsIn(groups, p.Group)));

    /// <summary>True when the approvers, each given by their groups, fill one of the alternatives.</summary>
    public bool IsMetBy(IReadOnlyList<IReadOnlyCollection<string>> approvers) => Alternatives.Any(a => Filled(a, approvers) == a.Sum(p => p.Count));

    /// <summary>How far it is, on the alternative with the fewest places still empty.</summary>
    public (int Filled, int Needed) Progress(IReadOnlyList<IReadOnlyCollection<string>> approvers) => Alternatives
        .Select(a => (Filled: Filled(a, approvers), Needed: a.Sum(p => p.Count)))
        .MinBy(p => (p.Needed - p.Filled, p.Needed));

    /// <summary>The normal form, which <see cref="TryParse"/> reads back.</summary>
    public override string ToString() => string.Join(" or ", Alternatives.Select(a => string.Join(" and ", a.Select(p => $"{p.Count} {p.Group}"))));

    /// <summary>By the normal form.</summary>
    public bool Equals(Requirement? other) => other is not null && ToString() == other.ToString();

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    /// <summary>The most places that can be filled with one approver each (augmenting paths).</summary>
    private static int Filled(IReadOnlyList<Place> places, IReadOnlyList<IReadOnlyCollection<string>> approvers)
    {
        var seats = places.SelectMany(p => Enumerable.Repeat(p.Group, p.Count)).ToArray();
        var seatOf = Enumerable.Repeat(-1, seats.Length).ToArray();
        var filled = 0;
        for (var approver = 0; approver < approvers.Count; approver++)
            if (Seat(approver, new bool[seats.Length])) filled++;
        return filled;

        bool Seat(int approver, bool[] tried)
        {
            for (var seat = 0; seat < seats.Length; seat++)
            {
                if (tried[seat] || !IsIn(approvers[approver], seats[seat])) continue;
                tried[seat] = true;
                if (seatOf[seat] >= 0 && !Seat(seatOf[seat], tried)) continue;
                seatOf[seat] = approver;
                return true;
            }
            return false;
        }
    }

    private static bool IsIn(IReadOnlyCollection<string> groups, string group) => group == Anyone || groups.Contains(group);

    [GeneratedRegex(@"\A\s*(?:([0-9]{1,2})\s+)?([A-Za-z0-9][A-Za-z0-9._-]{0,63})\s*\z", RegexOptions.NonBacktracking)]
    private static partial Regex PlaceForm();
}
