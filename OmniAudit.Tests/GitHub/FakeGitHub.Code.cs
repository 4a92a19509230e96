using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace OmniAudit.Tests.GitHub;

/// <summary>What lies between two commits, oldest first.</summary>
internal sealed record FakeComparison(string Status, IReadOnlyList<JsonObject> Commits, int Behind = 0, IReadOnlyList<JsonObject>? Files = null)
{
    /// <summary>A page that comes empty though it should not; 0 for none.</summary>
    public int MissingPage { get; init; }

    /// <summary>GitHub's own sources disagree on whether pages are linked.</summary>
    public bool Links { get; init; }
}

internal sealed partial class FakeGitHub
{
    private Reply Code(FakeRepository repository, string[] rest, Dictionary<string, string> query)
    {
        var path = string.Join('/', rest);
        switch (rest)
        {
            case ["pulls"]:
                var (state, head) = (query.GetValueOrDefault("state", "open"), query.GetValueOrDefault("head"));
                return Page(repository, path, query, [.. repository.Pulls.Where(p => (state == "all" || Text(p, "state") == state) && (head is null || p["head"]?["label"]?.GetValue<string>() == head))]);
            case ["pulls", var number]:
                return repository.Pulls.Find(p => p["number"]!.ToString() == number) is { } pull ? new Reply(200, pull.DeepClone()) : NotFound();
            case ["pulls", var number, "files"]:
                return repository.PullFiles.TryGetValue(long.Parse(number, CultureInfo.InvariantCulture), out var files) ? Page(repository, path, query, files) : NotFound();
            case ["commits", var sha, "pulls"]:
                return Page(repository, path, query, repository.PullsOfCommit.GetValueOrDefault(sha, []));
            case ["commits"]:
                return Page(repository, path, query, repository.History);
            case ["commits", var reference]:
                // tags/v1 names the tag only; a branch is what History begins with.
                var bare = reference.StartsWith("tags/", StringComparison.Ordinal) ? reference["tags/".Length..] : null;
                var named = bare is not null ? repository.Tags.GetValueOrDefault(bare, "no such tag") : repository.Tags.GetValueOrDefault(reference, reference == "main" && repository.History.Count > 0 ? Text(repository.History[0], "sha")! : reference);
                return repository.Commits.TryGetValue(named, out var commit) ? new Reply(200, commit.DeepClone()) : Error(422, $"No commit found for SHA: {reference}");
            case ["compare", var range]:
                return repository.Comparisons.TryGetValue(range, out var comparison) ? Compare(repository, range, comparison, query) : NotFound();
            case ["tags"]:
                return Page(repository, path, query, [.. repository.Tags.Select(t => new JsonObject { ["name"] = t.Key, ["commit"] = new JsonObject { ["sha"] = t.Value, ["url"] = "" }, ["zipball_url"] = "", ["tarball_url"] = "", ["node_id"] = "" })]);
            case ["git", "ref", "tags", .. var tag]:
                return repository.Tags.TryGetValue(string.Join('/', tag), out var target) ? new Reply(200, new JsonObject { ["ref"] = $"refs/tags/{string.Join('/', tag)}", ["node_id"] = "", ["url"] = "", ["object"] = new JsonObject { ["type"] = "commit", ["sha"] = target, ["url"] = "" } }) : NotFound();
            case ["git", "blobs", var blob]:
                return repository.Files.Values.FirstOrDefault(f => BlobSha(f) == blob) is { } bytes ? new Reply(200, new JsonObject { ["sha"] = blob, ["size"] = bytes.Length, ["encoding"] = "base64", ["content"] = Base64(bytes), ["url"] = "" }) : NotFound();
            case ["contents", .. var file]:
                return Contents(repository, string.Join('/', file));
            default:
                return NotFound();
        }
    }

    /// <summary>Without page numbers the first 250 commits; with them in order of time, and files on the first page only, 300 at most.</summary>
    private Reply Compare(FakeRepository repository, string range, FakeComparison comparison, Dictionary<string, string> query)
    {
        var paged = query.ContainsKey("page") || query.ContainsKey("per_page");
        var page = Math.Max(Number(query, "page", 1), 1);
        var size = paged ? Math.Clamp(Number(query, "per_page", 30), 1, 100) : 250;
        var commits = page == comparison.MissingPage ? [] : comparison.Commits.Skip((page - 1) * size).Take(size);
        var json = new JsonObject
        {
            ["url"] = "", ["html_url"] = $"https://github.com/{repository.FullName}/compare/{range}", ["status"] = comparison.Status, ["ahead_by"] = comparison.Commits.Count, ["behind_by"] = comparison.Behind,
            ["total_commits"] = comparison.Commits.Count, ["base_commit"] = Commit("b0"), ["merge_base_commit"] = Commit("b0"), ["commits"] = new JsonArray([.. commits.Select(c => c.DeepClone())]),
        };
        if (page == 1) json["files"] = new JsonArray([.. (comparison.Files ?? []).Take(300).Select(f => f.DeepClone())]);
        return comparison.Links && page * size < comparison.Commits.Count
            ? new Reply(200, json, ("Link", $"<{Url}/repositories/{repository.Id}/compare/{Uri.EscapeDataString(range)}?per_page={size}&page={page + 1}>; rel=\"next\""))
            : new Reply(200, json);
    }

    private static Reply Contents(FakeRepository repository, string path)
    {
        if (repository.Files.TryGetValue(path, out var bytes)) return new Reply(200, Entry(path, bytes, withContent: true));
        var inside = repository.Files.Where(f => f.Key.StartsWith(path.Length == 0 ? "" : path + "/", StringComparison.Ordinal)).ToList();
        return inside.Count == 0 ? NotFound() : new Reply(200, new JsonArray([.. inside.Select(f => Entry(f.Key, f.Value, withContent: false))]));

        static JsonObject Entry(string path, byte[] bytes, bool withContent)
        {
            var json = new JsonObject { ["type"] = "file", ["name"] = path.Split('/')[^1], ["path"] = path, ["sha"] = BlobSha(bytes), ["size"] = bytes.Length, ["url"] = "", ["html_url"] = null, ["git_url"] = null, ["download_url"] = null };
            if (withContent) (json["encoding"], json["content"]) = bytes.Length > 1024 * 1024 ? ("none", "") : ("base64", Base64(bytes));
            return json;
        }
    }

    /// <summary>In lines of sixty, as GitHub does it.</summary>
    private static string Base64(byte[] bytes) => string.Concat(Convert.ToBase64String(bytes).Chunk(60).Select(l => new string(l) + "\n"));

    public static string BlobSha(byte[] bytes)
    {
#pragma warning disable CA5350 // git's own names.
        return Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {bytes.Length}\0"), .. bytes]));
#pragma warning restore CA5350
    }

    public static JsonObject Commit(string sha, string message = "feat: something", string? login = "ada") => new()
    {
        ["sha"] = sha, ["node_id"] = $"C_{sha}", ["html_url"] = $"https://github.com/acme/site/commit/{sha}",
        ["commit"] = new JsonObject
        {
            ["message"] = message, ["author"] = new JsonObject { ["name"] = "Ada", ["email"] = "ada@example.com", ["date"] = "2026-03-01T10:00:00Z" },
            ["committer"] = new JsonObject { ["name"] = "GitHub", ["email"] = "noreply@github.com", ["date"] = "2026-03-01T10:00:00Z" }, ["comment_count"] = 0,
        },
        ["author"] = login is null ? null : new JsonObject { ["login"] = login, ["id"] = 9, ["type"] = "User" }, ["committer"] = null, ["parents"] = new JsonArray(),
    };

    public static JsonObject Pull(long number, string sha, string state = "open", string? mergedAt = null, string headOwner = "acme", string @base = "acme/site") => new()
    {
        ["id"] = 70_000 + number, ["number"] = number, ["state"] = state, ["title"] = $"Pull {number}", ["body"] = null, ["draft"] = false, ["html_url"] = $"https://github.com/{@base}/pull/{number}",
        ["user"] = new JsonObject { ["login"] = "ada", ["id"] = 9, ["type"] = "User" }, ["labels"] = new JsonArray(), ["created_at"] = "2026-02-01T10:00:00Z", ["updated_at"] = "2026-02-02T10:00:00Z",
        ["merged_at"] = mergedAt, ["merge_commit_sha"] = null, ["author_association"] = "CONTRIBUTOR",
        ["head"] = new JsonObject { ["label"] = $"{headOwner}:topic", ["ref"] = "topic", ["sha"] = sha, ["repo"] = headOwner == "acme" ? new JsonObject { ["id"] = 1, ["full_name"] = @base } : null },
        ["base"] = new JsonObject { ["label"] = "acme:main", ["ref"] = "main", ["sha"] = "b0", ["repo"] = new JsonObject { ["id"] = 1, ["full_name"] = @base } },
    };
}
