namespace OmniAudit.Modules.ReleaseButler.Notes;

/// <summary>A pull request with its commits of the range, or a commit without any: what becomes one line.</summary>
internal sealed class NotesUnit(long? pull, InputPull? details)
{
    private const int MostText = 200;
    private const int MostDetail = 1_000;
    private const int MostDetails = 20;

    /// <summary>From what makes a line stand out to what does not, for a pull request of several commits.</summary>
    private static readonly string[] Strongest = ["feat", "fix", "perf", "deps", "build", "docs", "refactor", "revert", "test", "ci", "style", "chore"];

    public long? Pull { get; } = pull;
    public List<InputCommit> Commits { get; } = [];
    /// <summary>The statements of each commit, in the order of <see cref="Commits"/>.</summary>
    public List<IReadOnlyList<CommitText>> Messages { get; } = [];
    public IReadOnlyList<string> Labels => details?.Labels ?? [];

    public string Type { get; private set; } = "";
    public string? Scope { get; private set; }
    public string Text { get; private set; } = "";
    public bool IsBreaking { get; private set; }
    public IReadOnlyList<string> Details { get; private set; } = [];
    public IReadOnlyList<string> Hints { get; private set; } = [];

    public NotesReference Reference => new(Pull, Commits[^1].Sha);

    /// <summary>The account that made it; null when none is known.</summary>
    public string? Login => details?.Login ?? Commits[0].Login;

    public bool IsBot => details is { Login: not null } ? details.IsBot : Commits.TrueForAll(c => c.IsBot);

    /// <summary>Call once, when all commits are there.</summary>
    public void Summarise()
    {
        var replaced = details?.Override is { } text ? CommitParser.Parse(text) : null;
        var statements = replaced ?? [.. Messages.SelectMany(m => m)];
        // Above the commits of a branch stands what the pull request is called; a squashed commit has its title, as it was when it was merged.
        var title = replaced is null && details is { Title.Length: > 0 } && (Commits.Count > 1 || IsMerge(Commits[0])) ? CommitParser.Parse(details.Title)[0] : null;
        var main = title ?? statements[0];
        if (title is null && Commits is [var only] && CommitParser.MergedPull(main.Description) is not null)
            main = CommitParser.Parse(BodyOf(only.Message) is { Length: > 0 } merged ? merged : main.Description)[0];
        Type = main.Type;
        if (Type.Length == 0 && Commits.Count > 1 && replaced is null)
        {
            var types = Messages.Select(m => m[0].Type).ToHashSet(StringComparer.Ordinal);
            Type = Strongest.FirstOrDefault(types.Contains) ?? "";
        }
        Scope = main.Scope;
        // A type that is none of ours may be any word before a colon: it stays in the text.
        Text = ShortLine(CommitParser.TrailingPull(IsKnown(main.Type) || main.Type.Length == 0 ? main.Description : $"{main.Type}{(main.Scope is { } scope ? $"({scope})" : "")}: {main.Description}").Bare, MostText);
        if (Text.Length == 0) Text = "(no message)";
        IsBreaking = main.Breaking || statements.Any(s => s.Breaking);
        var all = title is null ? statements : [title, .. statements];
        var noted = new List<string>();
        foreach (var said in all.Where(s => s.Breaking))
        {
            if (said.Notes.Count > 0) noted.AddRange(said.Notes.Select(n => ShortLine(n, MostDetail)));
            else if (said.BodyStart.Length > 0) noted.Add(ShortLine(said.BodyStart, MostDetail));
            else if (said.Origin != CommitOrigin.Header || Commits.Count > 1) noted.Add(ShortLine(said.Description, MostDetail));
        }
        var also = statements.Where(s => s.Origin == CommitOrigin.Nested || (replaced is not null && s.Origin == CommitOrigin.Squashed)).Where(s => !ReferenceEquals(s, main) && (!s.Breaking || s.Notes.Count > 0 || s.BodyStart.Length > 0)).Select(s => ShortLine(Header(s), MostText));
        Details = [.. noted.Concat(also).Where(d => d.Length > 0 && d != Text).Distinct(StringComparer.Ordinal).Take(MostDetails)];
        Hints = [.. all.SelectMany(s => s.Hints).Distinct(StringComparer.Ordinal)];
    }

    public static bool IsKnown(string type) => CommitParser.KnownTypes.Contains(Base(type), StringComparer.Ordinal);

    /// <summary>The type that a section is named after: <c>build-deps</c> is build, <c>tests</c> is test.</summary>
    public static string Base(string type)
    {
        var bare = type.Split('-', '_')[0];
        return bare switch { "feature" or "features" => "feat", "tests" => "test", "doc" => "docs", "bugfix" or "hotfix" => "fix", "dep" => "deps", _ => bare };
    }

    public static bool IsMerge(InputCommit commit) => commit.Parents > 1 || (commit.Parents < 0 && (commit.Message.StartsWith("Merge branch '", StringComparison.Ordinal) || commit.Message.StartsWith("Merge remote-tracking branch '", StringComparison.Ordinal)));

    /// <summary>White space to single spaces, cut, never in half a character.</summary>
    internal static string ShortLine(string text, int most)
    {
        var bare = new System.Text.StringBuilder(Math.Min(text.Length, most + 1));
        foreach (var c in text)
        {
            if (bare.Length > most) break;
            if (!char.IsWhiteSpace(c)) bare.Append(c);
            else if (bare.Length > 0 && bare[^1] != ' ') bare.Append(' ');
        }
        return Resources.ShortText.Of(bare.ToString().TrimEnd(), most);
    }

    private static string Header(CommitText said) => said.Type.Length == 0 ? said.Description : $"{said.Type}{(said.Scope is { } scope ? $"({scope})" : "")}: {said.Description}";

    private static string BodyOf(string message)
    {
        foreach (var line in message.AsSpan(Math.Max(0, message.IndexOf('\n', StringComparison.Ordinal))).EnumerateLines())
            if (!line.IsWhiteSpace()) return line.Trim().ToString();
        return "";
    }
}
