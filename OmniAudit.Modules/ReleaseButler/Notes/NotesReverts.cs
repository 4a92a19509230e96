namespace OmniAudit.Modules.ReleaseButler.Notes;

/// <summary>Finds what was made and taken back within one range.</summary>
internal static class NotesReverts
{
    /// <summary>What was taken back, with what took it back. Both are in the range, and each is in one pair at most.</summary>
    public static Dictionary<NotesUnit, NotesUnit> Pair(IReadOnlyList<NotesUnit> units, string repo)
    {
        var bySha = new SortedDictionary<string, NotesUnit>(StringComparer.Ordinal);
        foreach (var unit in units) foreach (var commit in unit.Commits) bySha[commit.Sha.ToLowerInvariant()] = unit;
        string[] hashes = [.. bySha.Keys];
        var byPull = units.Where(u => u.Pull is not null).ToDictionary(u => u.Pull!.Value);
        var pairs = new Dictionary<NotesUnit, NotesUnit>();
        var taken = new HashSet<NotesUnit>();
        // Newest first: a revert that was itself reverted takes nothing back.
        foreach (var taker in units.Reverse())
        {
            if (taken.Contains(taker)) continue;
            var gone = new HashSet<string>(StringComparer.Ordinal);
            var whole = new HashSet<NotesUnit>();
            foreach (var said in taker.Messages.SelectMany(m => m))
            {
                foreach (var hash in said.Reverts) if (Find(hashes, hash) is { } sha) gone.Add(sha);
                foreach (var pull in said.RevertedPulls)
                    if ((pull.Repository is null || pull.Repository.Equals(repo, StringComparison.OrdinalIgnoreCase)) && byPull.TryGetValue(pull.Number, out var named)) whole.Add(named);
            }
            foreach (var unit in gone.Select(sha => bySha[sha]).Distinct())
            {
                // Of a branch of several commits one may be taken back and the rest stays; its merge takes all along.
                if (unit.Commits.TrueForAll(c => gone.Contains(c.Sha.ToLowerInvariant())) || unit.Commits.Exists(c => gone.Contains(c.Sha.ToLowerInvariant()) && NotesUnit.IsMerge(c)))
                    whole.Add(unit);
            }
            // One line stands for one taking back: whoever takes back several things is told among the others.
            if (whole.Count != 1 || (taker.Commits.Count > 1 && taker.Type != "revert")) continue;
            var undone = whole.First();
            if (undone == taker || taken.Contains(undone)) continue;
            pairs[undone] = taker;
            taken.Add(undone);
            taken.Add(taker);
        }
        return pairs;
    }

    /// <summary>The one hash that begins so.</summary>
    private static string? Find(string[] hashes, string prefix)
    {
        var at = Array.BinarySearch(hashes, prefix, StringComparer.Ordinal);
        if (at >= 0) return hashes[at];
        at = ~at;
        if (at >= hashes.Length || !hashes[at].StartsWith(prefix, StringComparison.Ordinal)) return null;
        return at + 1 < hashes.Length && hashes[at + 1].StartsWith(prefix, StringComparison.Ordinal) ? null : hashes[at];
    }
}
