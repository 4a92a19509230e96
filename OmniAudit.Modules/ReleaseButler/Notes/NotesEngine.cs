namespace OmniAudit.Modules.ReleaseButler.Notes;

/// <summary>Makes notes of commits and pull requests: the same inputs and options give the same document, whenever and wherever.</summary>
internal static class NotesEngine
{
    private static readonly (string Type, string Title)[] Types =
    [
        ("feat", "Features"), ("fix", "Bug fixes"), ("perf", "Performance"), ("revert", "Reverts"), ("docs", "Documentation"), ("refactor", "Refactoring"), ("deps", "Dependencies"), ("build", "Build"),
        ("test", "Tests"), ("ci", "Continuous integration"), ("style", "Style"), ("chore", "Chores"),
    ];

    private const string Other = "Other changes";

    public static NotesDocument Build(NotesInputs inputs, NotesOptions options)
    {
        var config = inputs.Config ?? ReleaseConfig.None;
        var groupBy = options.GroupBy ?? (config.Categories.Count > 0 ? NotesGrouping.Label : NotesGrouping.Type);
        var warnings = new List<string>(inputs.Warnings);
        var excluded = new List<ExcludedCommit>();
        var units = Units(inputs, excluded);
        foreach (var unit in units) unit.Summarise();
        var reverted = NotesReverts.Pair(units, inputs.Repo);

        var kept = new List<NotesUnit>();
        foreach (var unit in units)
        {
            if (config.Exclude.ReasonFor(unit.Labels, unit.Login) is not { } reason) kept.Add(unit);
            else excluded.AddRange(unit.Commits.Select(c => Excluded(c, reason)));
        }
        // Of a pair where one side is left out nothing remains to be told but the other side.
        var gone = units.Except(kept).ToHashSet();
        var pairs = reverted.Where(p => !gone.Contains(p.Key) && !gone.Contains(p.Value)).ToDictionary(p => p.Key, p => p.Value);
        var takers = pairs.Values.ToHashSet();

        var known = KnownLogins(inputs);
        var sections = Sections(kept.Where(u => !pairs.ContainsKey(u) && !takers.Contains(u)), groupBy, config, known);
        var revertedLines = kept.Where(pairs.ContainsKey).Select(u => Line(u, known, pairs[u])).ToList();
        if (revertedLines.Count > 0) sections.Add(new NotesSection(NotesSection.RevertedId, "Reverted", revertedLines));

        var hints = kept.Where(u => u.Hints.Count > 0).ToList();
        foreach (var unit in hints.Take(20)) warnings.Add($"{(unit.Pull is { } number ? $"#{number}" : unit.Commits[0].Sha[..Math.Min(7, unit.Commits[0].Sha.Length)])}: {string.Join(' ', unit.Hints)}");
        if (hints.Count > 20) warnings.Add($"{hints.Count - 20} more messages are nearly conventional commits.");
        if (inputs.Capped is { } capped) warnings.Add($"Commits are missing: {capped}");

        var order = inputs.Commits.Select((c, i) => (c.Sha, i)).ToDictionary(c => c.Sha, c => c.i, StringComparer.Ordinal);
        excluded.Sort((a, b) => order[a.Sha].CompareTo(order[b.Sha]));
        var lines = sections.Sum(s => s.Lines.Count);
        var onLines = sections.Sum(s => s.Lines.Sum(l => l.Commits.Count));
        var first = (inputs.NewContributors ?? []).Select(login => kept.Where(u => u.Pull is not null && login.Equals(u.Login, StringComparison.OrdinalIgnoreCase)).Select(u => new FirstContribution(login, u.Pull!.Value)).FirstOrDefault()).OfType<FirstContribution>();
        return new NotesDocument(
            inputs.Repo, inputs.RepoUrl, inputs.From, inputs.To, inputs.FallbackUsed, groupBy, sections, excluded, new NotesAccounting(inputs.TotalCommits, onLines, lines, excluded.Count, inputs.TotalCommits - onLines - excluded.Count),
            [.. first.OrderBy(f => f.Pull)], inputs.ContributorsProblem, warnings);
    }

    /// <summary>Pull requests in the order of their first commit; what a merge alone brought is excluded.</summary>
    private static List<NotesUnit> Units(NotesInputs inputs, List<ExcludedCommit> excluded)
    {
        var pulls = inputs.Pulls.ToDictionary(p => p.Number);
        var byPull = new Dictionary<long, NotesUnit>();
        var units = new List<NotesUnit>();
        foreach (var commit in inputs.Commits)
        {
            var messages = CommitParser.Parse(commit.Message);
            var subject = messages[0].Type.Length == 0 ? messages[0].Description : FirstLine(commit.Message);
            var number = commit.Pulls.Count > 0 ? commit.Pulls[0] : CommitParser.MergedPull(subject) ?? CommitParser.TrailingPull(subject).Number;
            if (number is null && NotesUnit.IsMerge(commit))
            {
                excluded.Add(Excluded(commit, "merge_commit"));
                continue;
            }
            NotesUnit? unit = null;
            if (number is { } known && !byPull.TryGetValue(known, out unit)) units.Add(byPull[known] = unit = new NotesUnit(known, pulls.GetValueOrDefault(known)));
            if (unit is null) units.Add(unit = new NotesUnit(null, null));
            unit.Commits.Add(commit);
            unit.Messages.Add(messages);
        }
        return units;
    }

    private static List<NotesSection> Sections(IEnumerable<NotesUnit> units, string groupBy, ReleaseConfig config, HashSet<string> known)
    {
        var breaking = new List<NotesLine>();
        var bots = new List<NotesLine>();
        // By order, then by title: the same sections in the same order, whatever came first.
        var groups = new SortedDictionary<(int Order, string Title), List<NotesLine>>(Comparer<(int Order, string Title)>.Create((a, b) =>
            a.Order != b.Order ? a.Order.CompareTo(b.Order) : string.Compare(a.Title, b.Title, StringComparison.OrdinalIgnoreCase) is not 0 and var byTitle ? byTitle : string.CompareOrdinal(a.Title, b.Title)));
        foreach (var unit in units)
        {
            var line = Line(unit, known, null);
            if (unit.IsBreaking)
            {
                breaking.Add(line);
                continue;
            }
            var (order, title) = groupBy switch
            {
                NotesGrouping.Scope => unit.Scope is { } scope ? (0, NotesUnit.ShortLine(scope, 60)) : (1, "No scope"),
                NotesGrouping.Author => (unit.IsBot ? 1 : 0, line.People is [var first, ..] ? first.Login ?? first.Name : "Unknown"),
                NotesGrouping.Label when config.Categories.Count > 0 => Category(unit, config),
                NotesGrouping.Label => unit.Labels.Count > 0 ? (0, NotesUnit.ShortLine(unit.Labels.Order(StringComparer.OrdinalIgnoreCase).First(), 60)) : (1, Other),
                _ => Array.FindIndex(Types, t => t.Type == NotesUnit.Base(unit.Type)) is >= 0 and var type ? (type, Types[type].Title) : (Types.Length, Other),
            };
            var asked = groupBy == NotesGrouping.Author || (groupBy == NotesGrouping.Label && title != Other);
            if (unit.IsBot && !asked) bots.Add(line);
            else if (groups.TryGetValue((order, title), out var lines)) lines.Add(line);
            else groups.Add((order, title), [line]);
        }
        var sections = new List<NotesSection>();
        if (breaking.Count > 0) sections.Add(new NotesSection(NotesSection.BreakingId, "Breaking changes", breaking));
        sections.AddRange(groups.Select(g => new NotesSection(groupBy == NotesGrouping.Type && g.Key.Order < Types.Length ? Types[g.Key.Order].Type : "group", g.Key.Title, g.Value)));
        if (bots.Count > 0) sections.Add(new NotesSection(NotesSection.BotsId, "By bots", bots));
        return sections;
    }

    /// <summary>The first category that takes it, as GitHub does it.</summary>
    private static (int, string) Category(NotesUnit unit, ReleaseConfig config)
    {
        for (var i = 0; i < config.Categories.Count; i++)
        {
            var category = config.Categories[i];
            if (category.Exclude.ReasonFor(unit.Labels, unit.Login) is null && category.Labels.Any(l => l == "*" || unit.Labels.Contains(l, StringComparer.OrdinalIgnoreCase))) return (i, category.Title);
        }
        return (config.Categories.Count, Other);
    }

    private static NotesLine Line(NotesUnit unit, HashSet<string> known, NotesUnit? revertedBy) => new(
        unit.Type, unit.Scope is { } scope ? NotesUnit.ShortLine(scope, 60) : null, unit.Text, unit.Pull, [.. unit.Commits.Concat(revertedBy?.Commits ?? []).Select(c => c.Sha)], People(unit, known), unit.Details, revertedBy?.Reference, unit.Labels);

    /// <summary>Who made it, then who helped; each once by account or address. Accounts that only the text of a commit names are shown as names: anybody may write anybody's.</summary>
    private static List<NotesPerson> People(NotesUnit unit, HashSet<string> known)
    {
        var people = new List<NotesPerson>();
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        if (unit.Pull is not null && unit.Login is { } opener) Add(opener, opener, unit.IsBot, opener);
        foreach (var commit in unit.Commits)
        {
            // Whoever pressed the button of a merge has not written it.
            if (NotesUnit.IsMerge(commit) && (unit.Commits.Count > 1 || people.Count > 0)) continue;
            var (login, name) = (commit.Login ?? Known(new CoAuthor(commit.Name, commit.Email).Login), commit.Name);
            Add(login, name, commit.IsBot, login ?? Key(commit.Email, name));
        }
        foreach (var helper in unit.Commits.SelectMany(c => CommitParser.CoAuthors(c.Message)))
        {
            var login = Known(helper.Login);
            var account = helper.Login ?? Key(helper.Email, helper.Name);
            if (!unit.Commits.Exists(c => c.Email.Equals(helper.Email, StringComparison.OrdinalIgnoreCase))) Add(login, helper.Name, account.EndsWith("[bot]", StringComparison.OrdinalIgnoreCase), account);
        }
        return people;

        string? Known(string? login) => login is not null && known.TryGetValue(login, out var exact) ? exact : null;

        void Add(string? login, string name, bool isBot, string key)
        {
            if (people.Count < 10 && seen.Add(key)) people.Add(new NotesPerson(login, NotesUnit.ShortLine(name, 60) is { Length: > 0 } shown ? shown : "unknown", isBot));
        }
    }

    private static string Key(string email, string name) => email.Length > 0 ? email : name;

    private static HashSet<string> KnownLogins(NotesInputs inputs) =>
        inputs.Pulls.Select(p => p.Login).Concat(inputs.Commits.Select(c => c.Login)).OfType<string>().ToHashSet(StringComparer.OrdinalIgnoreCase);

    private static ExcludedCommit Excluded(InputCommit commit, string reason) => new(commit.Sha, reason, NotesUnit.ShortLine(FirstLine(commit.Message), 200));

    private static string FirstLine(string message)
    {
        foreach (var line in message.AsSpan().EnumerateLines())
            if (!line.IsWhiteSpace()) return line.Trim().ToString();
        return "";
    }
}
