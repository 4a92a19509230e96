using System.Globalization;
using System.Text.Json.Nodes;

namespace OmniAudit.Tests.GitHub;

internal sealed partial class FakeGitHub
{
    private static Reply Milestone(FakeRepository repository, string text) =>
        long.TryParse(text, CultureInfo.InvariantCulture, out var number) && repository.Milestones.TryGetValue(number, out var title)
            ? new Reply(200, new JsonObject { ["number"] = number, ["title"] = title, ["state"] = "open", ["description"] = null, ["due_on"] = null })
            : NotFound();

    private Reply List(FakeRepository repository, Dictionary<string, string> query)
    {
        var state = query.GetValueOrDefault("state", "open");
        // The order of commit is that of time and of number.
        var issues = repository.Issues.Where(i => (state == "all" || i.State == state) && i.Commit <= (_listedCommits ?? int.MaxValue));
        if (query.TryGetValue("since", out var since)) issues = issues.Where(i => string.CompareOrdinal(Timestamp(i.CreatedAt), since) >= 0);
        if (query.GetValueOrDefault("direction", "desc") == "desc") issues = issues.Reverse();
        return Page(repository, "issues", query, [.. issues.Select(i => i.ToJson(repository, Url, Url))]);
    }

    private Reply Create(FakeRepository repository, string body)
    {
        if (!repository.HasIssues) return Error(410, "Issues has been disabled in this repository.");
        if (repository.Archived) return Error(403, "Repository was archived so is read-only.");
        if (!repository.TokenMayWriteIssues) return Error(403, "Resource not accessible by personal access token");
        if (Parsed(body) is not { } input) return Error(400, "Problems parsing JSON");
        var title = input["title"]?.GetValue<string>() ?? "";
        var text = input["body"]?.GetValue<string>();
        string[] labels = [.. (input["labels"] as JsonArray ?? []).Select(l => l!.GetValue<string>())];
        string[] assignees = [.. (input["assignees"] as JsonArray ?? []).Select(a => a!.GetValue<string>())];
        var milestone = input["milestone"]?.GetValue<long>();
        if (title.Trim().Length == 0) return Invalid(new() { ["resource"] = "Issue", ["code"] = "missing_field", ["field"] = "title" });
        if (title.Length > 256) return Invalid(new() { ["resource"] = "Issue", ["code"] = "custom", ["field"] = "title", ["message"] = "title is too long (maximum is 256 characters)" });
        if (text?.Length > 65_536) return Invalid(new() { ["resource"] = "Issue", ["code"] = "custom", ["field"] = "body", ["message"] = "body is too long (maximum is 65536 characters)" });
        if (assignees.FirstOrDefault(a => !repository.Assignable.Contains(a)) is { } stranger) return Invalid(new() { ["value"] = stranger, ["resource"] = "Issue", ["field"] = "assignees", ["code"] = "invalid" });
        if (milestone is { } number && !repository.Milestones.ContainsKey(number)) return Invalid(new() { ["value"] = number, ["resource"] = "Issue", ["field"] = "milestone", ["code"] = "invalid" });
        // Without the role they are dropped and nothing is said.
        if (!repository.MayWrite) (labels, assignees, milestone) = ([], [], null);
        Count("issue");
        var issue = Commit(repository, title, text, labels, assignees, milestone, isPullRequest: false, "open").ToJson(repository, Url, Url);
        return new Reply(201, issue, ("Location", issue["url"]!.GetValue<string>()));
    }

    private FakeIssue Commit(FakeRepository repository, string title, string? body, IReadOnlyList<string> labels, IReadOnlyList<string> assignees, long? milestone, bool isPullRequest, string state)
    {
        var issue = new FakeIssue(repository.Issues.Count + 1, title, body, labels, assignees, milestone, Time.GetUtcNow(), isPullRequest, state, ++_commits);
        repository.Issues.Add(issue);
        return issue;
    }

    private Reply One(FakeRepository repository, string number) =>
        repository.Issues.Find(i => i.Number.ToString(CultureInfo.InvariantCulture) == number) is { } issue ? new Reply(200, issue.ToJson(repository, Url, Url)) : NotFound();

    private Reply Comment(FakeRepository repository, string number, string body)
    {
        if (!long.TryParse(number, CultureInfo.InvariantCulture, out var issue) || issue < 1 || (issue > repository.Issues.Count && !repository.Pulls.Exists(p => p["number"]!.GetValue<long>() == issue))) return NotFound();
        if (!repository.TokenMayWriteIssues) return Error(403, "Resource not accessible by personal access token");
        if (Parsed(body)?["body"]?.GetValue<string>() is not { Length: > 0 } text) return Invalid(new() { ["resource"] = "IssueComment", ["code"] = "missing_field", ["field"] = "body" });
        Count("comment");
        var comment = new JsonObject
        {
            ["id"] = 90_000 + repository.Comments.Count, ["html_url"] = $"{Url}/{repository.FullName}/issues/{number}#issuecomment-{repository.Comments.Count}", ["body"] = text,
            ["user"] = new JsonObject { ["login"] = "omniaudit-bot", ["id"] = 7, ["type"] = "Bot" }, ["created_at"] = Timestamp(Time.GetUtcNow()), ["updated_at"] = Timestamp(Time.GetUtcNow()),
        };
        repository.Comments.Add((issue, comment));
        return new Reply(201, comment.DeepClone());
    }

    /// <summary>Words that all stand in the title or the body; of qualifiers <c>repo:</c>, and for merged pull requests <c>author:</c> and <c>merged:&lt;</c>.</summary>
    private Reply Search(Dictionary<string, string> query)
    {
        var words = query.GetValueOrDefault("q", "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Contains("is:pr"))
        {
            var (author, before) = (Array.Find(words, w => w.StartsWith("author:", StringComparison.Ordinal))?[7..], Array.Find(words, w => w.StartsWith("merged:<", StringComparison.Ordinal))?[8..]);
            var merged = _repositories.Where(r => words.Contains($"repo:{r.FullName}")).SelectMany(r => r.Pulls)
                .Where(p => p["merged_at"]?.GetValue<string>() is { } at && (before is null || string.CompareOrdinal(at, before) < 0) && (author is null || p["user"]?["login"]?.GetValue<string>() == author))
                .Select(p => new JsonObject { ["number"] = p["number"]!.DeepClone(), ["html_url"] = p["html_url"]!.DeepClone(), ["created_at"] = p["created_at"]!.DeepClone(), ["title"] = p["title"]!.DeepClone() }).ToList();
            return new Reply(200, new JsonObject { ["total_count"] = merged.Count, ["incomplete_results"] = SearchIsIncomplete, ["items"] = new JsonArray([.. merged.Take(Math.Clamp(Number(query, "per_page", 30), 1, 100))]) });
        }
        var plain = words.Where(w => !w.Contains(':', StringComparison.Ordinal)).Select(w => w.Trim('"')).ToList();
        var found = _repositories.Where(r => words.All(w => !w.StartsWith("repo:", StringComparison.Ordinal) || w[5..] == r.FullName))
            .SelectMany(r => r.Issues.Where(i => plain.TrueForAll(w => $"{i.Title}\n{i.Body}".Contains(w, StringComparison.OrdinalIgnoreCase))).Select(i => i.ToJson(r, Url, Url))).ToList();
        var size = Math.Clamp(Number(query, "per_page", 30), 1, 100);
        return new Reply(200, new JsonObject { ["total_count"] = found.Count, ["incomplete_results"] = SearchIsIncomplete, ["items"] = new JsonArray([.. found.Take(size)]) });
    }
}
