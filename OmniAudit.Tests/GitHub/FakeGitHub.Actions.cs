using System.Globalization;
using System.Text.Json.Nodes;

namespace OmniAudit.Tests.GitHub;

internal sealed partial class FakeGitHub
{
    private Reply Actions(FakeRepository repository, string[] rest, Dictionary<string, string> query)
    {
        var path = string.Join('/', rest);
        return rest switch
        {
            ["actions", "runs"] or ["actions", "workflows", _, "runs"] => Runs(repository, path, rest is [_, "workflows", ..] ? rest[2] : null, query),
            ["actions", "runs", var id] => repository.Runs.Find(r => Id(r) == id) is { } run ? new Reply(200, run.DeepClone()) : NotFound(),
            ["actions", "runs", var id, "jobs"] when Known(repository, id, out var run) =>
                Page(repository, path, query, [.. repository.Jobs.GetValueOrDefault(run, []).Where(j => query.GetValueOrDefault("filter", "latest") == "all" || IsLatest(repository, j))], "jobs"),
            ["actions", "runs", var id, "artifacts"] when Known(repository, id, out var run) =>
                Page(repository, path, query, [.. repository.Artifacts.GetValueOrDefault(run, []).Where(a => !query.TryGetValue("name", out var name) || a["name"]?.GetValue<string>() == name)], "artifacts"),
            ["actions", "artifacts", var id, "zip"] => Download(repository, id),
            ["actions", "runs", var id, "logs"] => Download(repository, $"run:{id}"),
            ["actions", "runs", var id, "attempts", var attempt, "logs"] => Download(repository, $"run:{id}/{attempt}"),
            ["actions", "jobs", var id, "logs"] => Download(repository, $"job:{id}"),
            ["check-runs", var id, "annotations"] when long.TryParse(id, CultureInfo.InvariantCulture, out var check) && repository.Annotations.TryGetValue(check, out var found) => Page(repository, path, query, found),
            _ => NotFound(),
        };
    }

    private Reply Runs(FakeRepository repository, string path, string? workflow, Dictionary<string, string> query)
    {
        var filtered = query.Keys.Any(k => k is "head_sha" or "branch" or "status" or "event");
        var found = repository.Runs.Where(r =>
            Is(r, "head_sha", "head_sha") && Is(r, "branch", "head_branch") && Is(r, "event", "event")
            && (!query.TryGetValue("status", out var status) || Text(r, "status") == status || Text(r, "conclusion") == status)
            && (workflow is null || Text(r, "path")?.EndsWith("/" + workflow, StringComparison.Ordinal) == true || r["workflow_id"]?.ToString() == workflow)).ToList();
        // Under a filter the list ends at a thousand, and the count goes on.
        return Page(repository, path, query, [.. filtered ? found.Take(1000) : found], "workflow_runs", found.Count);

        bool Is(JsonObject run, string parameter, string member) => !query.TryGetValue(parameter, out var value) || Text(run, member) == value;
    }

    /// <summary>302 to a storage, at an address that is good for a minute.</summary>
    private Reply Download(FakeRepository repository, string key)
    {
        if (repository.Expired.Contains(key)) return Error(410, key.Contains(':', StringComparison.Ordinal) ? "Server Error" : "Artifact has expired");
        if (!repository.Downloads.TryGetValue(key, out var bytes)) return NotFound();
        return Storage is null ? new Reply(200, null) { Bytes = bytes } : new Reply(302, null, ("Location", Storage.Sign(bytes)));
    }

    private static bool Known(FakeRepository repository, string id, out long run) => long.TryParse(id, CultureInfo.InvariantCulture, out run) && repository.Runs.Exists(r => Id(r) == id);

    private static bool IsLatest(FakeRepository repository, JsonObject job) =>
        repository.Runs.Find(r => Id(r) == job["run_id"]?.ToString())?["run_attempt"]?.ToString() is not { } attempt || job["run_attempt"]?.ToString() == attempt;

    private static string? Id(JsonObject json) => json["id"]?.ToString();

    private static string? Text(JsonObject json, string member) => json[member]?.GetValue<string>();

    /// <summary>A run as GitHub answers it; take away or change what a test is about.</summary>
    public static JsonObject Run(long id, string sha = "0000000000000000000000000000000000000001", string? branch = "main", string? conclusion = "failure", int attempt = 1) => new()
    {
        ["id"] = id, ["name"] = "CI", ["node_id"] = $"WFR_{id}", ["head_branch"] = branch, ["head_sha"] = sha, ["path"] = ".github/workflows/ci.yml", ["display_title"] = $"Change {id}", ["run_number"] = id,
        ["event"] = "pull_request", ["status"] = conclusion is null ? "in_progress" : "completed", ["conclusion"] = conclusion, ["workflow_id"] = 161335, ["check_suite_id"] = 42, ["url"] = "", ["html_url"] = $"https://github.com/acme/site/actions/runs/{id}",
        // Only open ones whose head matches; here none, as for a fork.
        ["pull_requests"] = new JsonArray(), ["created_at"] = "2026-03-01T10:00:00Z", ["updated_at"] = "2026-03-01T10:05:00Z", ["actor"] = new JsonObject { ["login"] = "ada", ["id"] = 9, ["type"] = "User" },
        ["run_attempt"] = attempt, ["run_started_at"] = "2026-03-01T10:00:01Z",
    };

    public static JsonObject Job(long id, long run, string name = "build", string? conclusion = "failure", int attempt = 1) => new()
    {
        ["id"] = id, ["run_id"] = run, ["run_attempt"] = attempt, ["name"] = name, ["head_sha"] = "0000000000000000000000000000000000000001", ["status"] = conclusion is null ? "in_progress" : "completed",
        ["conclusion"] = conclusion, ["started_at"] = "2026-03-01T10:00:05Z", ["completed_at"] = conclusion is null ? null : "2026-03-01T10:04:00Z", ["html_url"] = $"https://github.com/acme/site/actions/runs/{run}/job/{id}",
        ["check_run_url"] = $"https://api.github.com/repos/acme/site/check-runs/{id}", ["runner_name"] = null, ["labels"] = new JsonArray("ubuntu-latest"),
        ["steps"] = new JsonArray(new JsonObject { ["name"] = "Test", ["number"] = 1, ["status"] = "completed", ["conclusion"] = conclusion, ["started_at"] = null, ["completed_at"] = null }),
    };

    public static JsonObject Artifact(long id, long run, string name, byte[] bytes, bool expired = false, bool digest = true)
    {
        var json = new JsonObject
        {
            ["id"] = id, ["name"] = name, ["size_in_bytes"] = bytes.Length, ["expired"] = expired, ["archive_download_url"] = $"https://api.github.com/repos/acme/site/actions/artifacts/{id}/zip",
            ["created_at"] = "2026-03-01T10:04:00Z", ["expires_at"] = "2026-05-30T10:04:00Z", ["updated_at"] = null, ["workflow_run"] = new JsonObject { ["id"] = run, ["head_branch"] = "main" },
        };
        if (digest) json["digest"] = "sha256:" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));
        return json;
    }
}
