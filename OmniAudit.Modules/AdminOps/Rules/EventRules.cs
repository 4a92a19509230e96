using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.AdminOps.Rules.Sigma;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.AdminOps.Rules;

/// <summary>The rules over audit events. Operators may change them; every change is noted.</summary>
public sealed partial class EventRules
{
    /// <summary>The most rules that are kept.</summary>
    public const int MostRules = 2000;

    private readonly Database _database;
    private readonly RuleLinter _linter;
    private readonly RuleBackTest _backTest;
    private readonly ChangeFeed _changes;
    private readonly TimeProvider _time;

    internal EventRules(Database database, RuleLinter linter, RuleBackTest backTest, ChangeFeed changes, TimeProvider time) => (_database, _linter, _backTest, _changes, _time) = (database, linter, backTest, changes, time);

    /// <summary>All, those that are on first, then by severity and name.</summary>
    public Task<IReadOnlyList<EventRule>> ListAsync(CancellationToken cancellationToken) => _database.ReadAsync<IReadOnlyList<EventRule>>(
        async db => [.. (await db.Set<EventRuleRow>().ToListAsync(cancellationToken)).ConvertAll(r => r.View()).OrderByDescending(r => r.Enabled).ThenBy(r => r.Severity, StringComparer.Ordinal).ThenBy(r => r.Name, StringComparer.OrdinalIgnoreCase)], cancellationToken);

    /// <summary>One; null when there is none.</summary>
    public Task<EventRule?> FindAsync(string ruleId, CancellationToken cancellationToken) => _database.ReadAsync(
        async db => (await db.Set<EventRuleRow>().FirstOrDefaultAsync(r => r.RuleId == ruleId, cancellationToken))?.View(), cancellationToken);

    /// <summary>Who changed what, newest first.</summary>
    /// <param name="ruleId">Null for all rules, removed ones too.</param>
    public Task<IReadOnlyList<EventRuleChange>> ChangesAsync(string? ruleId, int take, CancellationToken cancellationToken) => _database.ReadAsync<IReadOnlyList<EventRuleChange>>(
        async db => (await db.Set<EventRuleChangeRow>().Where(c => ruleId == null || c.RuleId == ruleId).OrderByDescending(c => c.ChangeId).Take(Math.Clamp(take, 1, 200)).ToListAsync(cancellationToken))
            .ConvertAll(c => new EventRuleChange(c.ChangeId, c.At, c.ByName, c.RuleId, c.RuleName, c.What)), cancellationToken);

    /// <summary>Adds a rule.</summary>
    /// <exception cref="IdentityRefusedException">The person may not.</exception>
    /// <exception cref="RuleRefusedException">Something about it cannot be used; names the field.</exception>
    public async Task<EventRule> CreateAsync(EventRuleRequest request, Actor by, CancellationToken cancellationToken) => await WriteAsync(by, async db =>
    {
        if (await db.Set<EventRuleRow>().CountAsync(cancellationToken) >= MostRules) throw new RuleRefusedException("", $"There are {MostRules:N0} rules already; remove some first.");
        var row = new EventRuleRow { RuleId = Ids.New("rul", _time), CreatedAt = _time.GetUtcNow() };
        Fill(row, request, await RuleSet.FiltersAsync(db, cancellationToken));
        db.Add(row);
        return (row, $"added, {(row.Enabled ? "on" : "off")}");
    }, cancellationToken);

    /// <summary>Replaces everything that a person says of a rule. What a correlation had counted starts anew when what it counts is changed.</summary>
    /// <exception cref="IdentityRefusedException">The person may not.</exception>
    /// <exception cref="RuleRefusedException">Something about it cannot be used; names the field.</exception>
    /// <exception cref="KeyNotFoundException">There is no such rule.</exception>
    public Task<EventRule> UpdateAsync(string ruleId, EventRuleRequest request, Actor by, CancellationToken cancellationToken) => WriteAsync(by, async db =>
    {
        var row = await RequireAsync(db, ruleId, cancellationToken);
        var before = row.Definition;
        Fill(row, request, await RuleSet.FiltersAsync(db, cancellationToken));
        if (before != row.Definition) await db.Set<RuleHitRow>().Where(h => h.RuleId == ruleId).ExecuteDeleteAsync(cancellationToken);
        return (row, $"changed, {(row.Enabled ? "on" : "off")}");
    }, cancellationToken);

    /// <summary>Switches it on or off. On, it looks at events that come in from now on.</summary>
    /// <exception cref="IdentityRefusedException">The person may not.</exception>
    /// <exception cref="RuleRefusedException">It cannot be used as it stands; says why.</exception>
    /// <exception cref="KeyNotFoundException">There is no such rule.</exception>
    public Task<EventRule> SetEnabledAsync(string ruleId, bool enabled, Actor by, CancellationToken cancellationToken) => WriteAsync(by, async db =>
    {
        var row = await RequireAsync(db, ruleId, cancellationToken);
        if (enabled) _ = RuleCompiler.Compile(row.Request, await RuleSet.FiltersAsync(db, cancellationToken));
        (row.Enabled, row.Problem) = (enabled, "");
        return (row, enabled ? "switched on" : "switched off");
    }, cancellationToken);

    /// <summary>Removes it; its alerts stay. One that came with the product is only switched off.</summary>
    /// <exception cref="IdentityRefusedException">The person may not.</exception>
    /// <exception cref="KeyNotFoundException">There is no such rule.</exception>
    public Task<EventRule> DeleteAsync(string ruleId, Actor by, CancellationToken cancellationToken) => WriteAsync(by, async db =>
    {
        var row = await RequireAsync(db, ruleId, cancellationToken);
        await db.Set<RuleHitRow>().Where(h => h.RuleId == ruleId).ExecuteDeleteAsync(cancellationToken);
        if (row.Starter is not null)
        {
            row.Enabled = false;
            return (row, "switched off: it came with the product and stays in the list");
        }
        db.Remove(row);
        return (row, "removed");
    }, cancellationToken);

    /// <summary>
    /// Takes Sigma in, one document or several: each rule, filter and correlation becomes a rule, switched off. A correlation takes the rules that it names along, from the import or from those kept.
    /// One that is kept already, by its Sigma id, is replaced. A document that cannot be used is refused by itself.
    /// </summary>
    /// <exception cref="IdentityRefusedException">The person may not.</exception>
    /// <exception cref="RuleRefusedException">Nothing of it can be read.</exception>
    public async Task<IReadOnlyList<RuleImport>> ImportAsync(string yaml, Actor by, CancellationToken cancellationToken)
    {
        if (yaml.Length > SigmaYaml.MostCharacters) throw new RuleRefusedException("sigma", $"{yaml.Length:N0} characters; at most {SigmaYaml.MostCharacters:N0} are read. Import fewer rules at once.");
        var parts = DocumentStart().Split(yaml).Where(p => p.Split('\n').Any(l => l.Trim() is { Length: > 0 } text && text[0] != '#')).ToList();
        if (parts.Count == 0) throw new RuleRefusedException("sigma", "there is no rule in it. Paste a Sigma rule: title, logsource, detection.");
        if (parts.Count > SigmaYaml.MostDocuments) throw new RuleRefusedException("sigma", $"more than {SigmaYaml.MostDocuments} documents; import fewer at once.");
        var read = parts.ConvertAll(Read);
        var outcomes = new List<RuleImport>();
        await _database.WriteAsync(async db =>
        {
            await RefuseUnlessOperatorAsync(db, by, cancellationToken);
            var kept = await db.Set<EventRuleRow>().ToListAsync(cancellationToken);
            var named = read.Where(r => r.Document?.Correlation is { Generate: false }).SelectMany(r => r.Document!.Correlation!.Rules).ToList();
            var filters = RuleSet.Filters(kept.Where(r => r.Enabled).Select(r => r.Request));
            var revision = await NextRevisionAsync(db, cancellationToken);
            foreach (var (text, document, title, problem) in read)
            {
                if (document is null)
                {
                    outcomes.Add(new RuleImport(title, "refused", null, problem));
                    continue;
                }
                if (document.Filter is null && named.Any(document.IsCalled))
                {
                    outcomes.Add(new RuleImport(document.Title, "part", null, null));
                    continue;
                }
                try
                {
                    var whole = document.Correlation is null ? text : string.Join("\n---\n", [text.Trim('\n'), .. Members(document.Correlation, read, kept)]);
                    var row = document.Id.Length == 0 ? null : kept.FirstOrDefault(r => r.SigmaId.Equals(document.Id, StringComparison.OrdinalIgnoreCase) && r.Starter is null);
                    var created = row is null;
                    if (row is null)
                    {
                        if (kept.Count >= MostRules) throw new RuleRefusedException("", $"There are {MostRules:N0} rules already; remove some first.");
                        row = new EventRuleRow { RuleId = Ids.New("rul", _time), CreatedAt = _time.GetUtcNow() };
                    }
                    var request = created ? new EventRuleRequest { Sigma = whole } : row.Request with { Sigma = whole, Name = "", Description = "", Severity = "" };
                    Fill(row, request, filters);
                    (row.Revision, row.ChangedAt, row.ChangedBy, row.ChangedByName) = (revision, _time.GetUtcNow(), by.Subject, by.Name);
                    if (created)
                    {
                        db.Add(row);
                        kept.Add(row);
                    }
                    else await db.Set<RuleHitRow>().Where(h => h.RuleId == row.RuleId).ExecuteDeleteAsync(cancellationToken);
                    db.Add(Change(row, by, created ? "imported, off" : "imported again"));
                    outcomes.Add(new RuleImport(row.Name, created ? "created" : "updated", row.RuleId, null));
                }
                catch (RuleRefusedException refused)
                {
                    outcomes.Add(new RuleImport(document.Title, "refused", null, refused.Message));
                }
            }
        }, cancellationToken);
        _changes.Publish(Topics.EventRules, "");
        return outcomes;
    }

    /// <summary>Whether a rule can fire here, and why not.</summary>
    public Task<RuleLint> LintAsync(EventRuleRequest request, CancellationToken cancellationToken) => _linter.LintAsync(request, cancellationToken);

    /// <summary>The same of every rule that is kept, by its id.</summary>
    public Task<IReadOnlyDictionary<string, RuleLint>> LintAllAsync(CancellationToken cancellationToken) => _linter.LintAllAsync(cancellationToken);

    /// <summary>What a rule would have found in the events that are stored; changes nothing.</summary>
    /// <param name="progress">Called now and then, on any thread.</param>
    /// <exception cref="RuleRefusedException">The rule cannot be used, or the times; names the field.</exception>
    public Task<BackTest> BackTestAsync(EventRuleRequest request, DateTimeOffset from, DateTimeOffset to, Action<BackTestProgress>? progress, CancellationToken cancellationToken) =>
        _backTest.RunAsync(request, from, to, progress, cancellationToken);

    /// <summary>Puts the rules in that come with the product and are not there yet, switched off.</summary>
    internal async Task SeedAsync(CancellationToken cancellationToken)
    {
        var there = await _database.ReadAsync(db => db.Set<EventRuleRow>().Where(r => r.Starter != null).Select(r => r.Starter!).ToListAsync(cancellationToken), cancellationToken);
        var missing = StarterRules.All.Where(s => !there.Contains(s.File)).ToList();
        if (missing.Count == 0) return;
        await _database.WriteAsync(async db =>
        {
            var (now, revision) = (_time.GetUtcNow(), await NextRevisionAsync(db, cancellationToken));
            foreach (var (file, sigma) in missing)
            {
                if (await db.Set<EventRuleRow>().AnyAsync(r => r.Starter == file, cancellationToken)) continue;
                var row = new EventRuleRow { RuleId = Ids.New("rul", _time), Starter = file, CreatedAt = now, ChangedAt = now, Revision = revision };
                Fill(row, new EventRuleRequest { Sigma = sigma }, []);
                db.Add(row);
            }
        }, cancellationToken);
        _changes.Publish(Topics.EventRules, "");
    }

    internal static async Task<long> NextRevisionAsync(OmniAuditDb db, CancellationToken cancellationToken) => (await db.Set<EventRuleRow>().MaxAsync(r => (long?)r.Revision, cancellationToken) ?? 0) + 1;

    private static (string Text, SigmaDocument? Document, string Title, string? Problem) Read(string text)
    {
        try
        {
            return SigmaReader.Read(text) is [var one] ? (text, one, one.Title, null) : (text, null, "", "more than one document without --- between them");
        }
        catch (SigmaRefusedException refused)
        {
            var title = text.Split('\n').FirstOrDefault(l => l.StartsWith("title:", StringComparison.Ordinal))?["title:".Length..].Trim() ?? "(no title)";
            return (text, null, SigmaReader.Cut(title, 200), refused.Message);
        }
    }

    /// <summary>The texts of the rules that a correlation names, and of those that they name, each once.</summary>
    private static List<string> Members(SigmaCorrelation correlation, List<(string Text, SigmaDocument? Document, string Title, string? Problem)> read, List<EventRuleRow> kept)
    {
        var (texts, names) = (new List<string>(), new Queue<string>(correlation.Rules));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (names.TryDequeue(out var name) && texts.Count < 100)
        {
            if (!seen.Add(name)) continue;
            var text = read.FirstOrDefault(r => r.Document is { Filter: null } d && d.IsCalled(name)).Text;
            text ??= kept.Select(r => r.Request.Sigma).OfType<string>().SelectMany(s => DocumentStart().Split(s)).FirstOrDefault(t => t.Contains(name, StringComparison.OrdinalIgnoreCase) && Read(t).Document is { Filter: null } d && d.IsCalled(name));
            if (text is null) continue;
            texts.Add(text.Trim('\n'));
            foreach (var inner in Read(text).Document!.Correlation?.Rules ?? []) names.Enqueue(inner);
        }
        return texts;
    }

    private static void Fill(EventRuleRow row, EventRuleRequest request, IReadOnlyList<SigmaDocument> filters)
    {
        var rule = RuleCompiler.Compile(request, filters);
        var head = rule.Documents.FirstOrDefault(d => d.Correlation is not null && !rule.Documents.Any(o => o.Correlation?.Rules.Any(d.IsCalled) == true)) ?? (rule.Documents.Count > 0 ? rule.Documents[0] : null);
        var severity = request.Severity.Length > 0 ? request.Severity : head?.Severity ?? "s3";
        if (!RuleWords.Severities.Contains(severity)) throw new RuleRefusedException("severity", $"'{SigmaReader.Cut(severity)}' is none of {string.Join(", ", RuleWords.Severities)}.");
        var name = VisibleText.Of(request.Name.Trim().Length > 0 ? request.Name.Trim() : head?.Title ?? "");
        if (name.Length is 0 or > 200 && head is null) throw new RuleRefusedException("name", "give the rule a name of 1 to 200 characters.");
        if (name.Length > 200) name = name[..200];
        var description = request.Description.Length > 0 ? request.Description : head?.Description ?? "";
        if (description.Length > 4000) throw new RuleRefusedException("description", "at most 4000 characters.");
        row.Request = request with { Name = name, Description = description, Severity = severity, Sigma = string.IsNullOrWhiteSpace(request.Sigma) ? null : request.Sigma };
        (row.Kind, row.SigmaId, row.Author, row.Problem) = (rule.Kind, SigmaReader.Cut(head?.Id, 100), head?.Author ?? "", "");
    }

    private async Task<EventRule> WriteAsync(Actor by, Func<OmniAuditDb, Task<(EventRuleRow Row, string What)>> change, CancellationToken cancellationToken)
    {
        var row = await _database.WriteAsync(async db =>
        {
            await RefuseUnlessOperatorAsync(db, by, cancellationToken);
            var (changed, what) = await change(db);
            (changed.ChangedAt, changed.ChangedBy, changed.ChangedByName) = (_time.GetUtcNow(), by.Subject, by.Name);
            changed.Revision = await NextRevisionAsync(db, cancellationToken);
            db.Add(Change(changed, by, what));
            return changed;
        }, cancellationToken);
        _changes.Publish(Topics.EventRules, row.RuleId);
        return row.View();
    }

    private EventRuleChangeRow Change(EventRuleRow row, Actor by, string what) => new() { RuleId = row.RuleId, RuleName = row.Name, At = _time.GetUtcNow(), By = by.Subject, ByName = by.Name, What = what };

    private static async Task RefuseUnlessOperatorAsync(OmniAuditDb db, Actor by, CancellationToken cancellationToken)
    {
        if (await OperatorDirectory.WhyNotAsync(db, by, Role.Operator, "Changing rules", cancellationToken) is { } refused) throw new IdentityRefusedException(refused);
    }

    private static async Task<EventRuleRow> RequireAsync(OmniAuditDb db, string ruleId, CancellationToken cancellationToken) =>
        await db.Set<EventRuleRow>().FirstOrDefaultAsync(r => r.RuleId == ruleId, cancellationToken) ?? throw new KeyNotFoundException($"There is no rule {ruleId}.");

    /// <summary>Where YAML begins another document: at the beginning of a line, inside of texts too.</summary>
    [GeneratedRegex(@"^---(?=[ \t\r]|$).*$", RegexOptions.Multiline | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex DocumentStart();
}

/// <summary>A change of a rule.</summary>
/// <param name="ByName">Empty for what the product did.</param>
public sealed record EventRuleChange(long ChangeId, DateTimeOffset At, string ByName, string RuleId, string RuleName, string What);
