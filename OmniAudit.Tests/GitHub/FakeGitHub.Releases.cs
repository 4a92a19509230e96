using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace OmniAudit.Tests.GitHub;

internal sealed partial class FakeGitHub
{
    private long _releaseIds = 500;

    /// <summary>Where releases say that uploads go; null for here. Anybody may forge an answer.</summary>
    public string? UploadOrigin { get; set; }

    /// <summary>Adds one as somebody else's doing.</summary>
    public FakeRelease AddRelease(FakeRepository repository, string tag, bool draft = false, bool prerelease = false, DateTimeOffset? createdAt = null)
    {
        lock (_lock)
        {
            var release = new FakeRelease(++_releaseIds, tag) { Draft = draft, Prerelease = prerelease, CreatedAt = createdAt ?? Time.GetUtcNow(), PublishedAt = draft ? null : Time.GetUtcNow(), Name = tag };
            repository.Releases.Insert(0, release);
            return release;
        }
    }

    public FakeAsset AddAsset(FakeRelease release, string name, byte[] bytes, string state = "uploaded")
    {
        lock (_lock)
        {
            var asset = new FakeAsset(++_releaseIds, name, null, state, "application/octet-stream", bytes);
            release.Assets.Add(asset);
            return asset;
        }
    }

    private Reply Releases(FakeRepository repository, string method, string[] rest, Dictionary<string, string> query, FakeRequest request)
    {
        switch (method, rest)
        {
            case ("GET", ["releases"]):
                return Page(repository, "releases", query, [.. repository.Releases.Where(r => !r.Draft || repository.MayWrite).Select(r => Json(repository, r))]);
            case ("POST", ["releases"]):
                return CreateRelease(repository, request.Body);
            case ("GET", ["releases", "latest"]):
                return repository.Releases.Where(r => !r.Draft && !r.Prerelease).MaxBy(r => r.CreatedAt) is { } latest ? new Reply(200, Json(repository, latest)) : NotFound();
            case ("GET", ["releases", "tags", .. var tag]):
                return repository.Releases.Find(r => !r.Draft && r.Tag == string.Join('/', tag)) is { } tagged ? new Reply(200, Json(repository, tagged)) : NotFound();
            case ("GET", ["releases", "assets", var id]):
                var asset = repository.Releases.SelectMany(r => r.Assets).FirstOrDefault(a => a.Id.ToString(CultureInfo.InvariantCulture) == id);
                if (asset is null) return NotFound();
                if (!request.Headers.GetValueOrDefault("Accept", "").Contains("application/octet-stream", StringComparison.Ordinal)) return new Reply(200, asset.ToJson(Url, repository.FullName));
                return Storage is null ? new Reply(200, null) { Bytes = asset.Bytes } : new Reply(302, null, ("Location", Storage.Sign(asset.Bytes)));
            case ("DELETE", ["releases", "assets", var id]):
                if (repository.Releases.Find(r => r.Assets.RemoveAll(a => a.Id.ToString(CultureInfo.InvariantCulture) == id) > 0) is null) return NotFound();
                Count("asset_deleted");
                return new Reply(204, null);
        }
        if (rest.Length < 2 || repository.Releases.Find(r => r.Id.ToString(CultureInfo.InvariantCulture) == rest[1]) is not { } release) return NotFound();
        return (method, rest) switch
        {
            ("GET", [_, _]) => new Reply(200, Json(repository, release)),
            ("PATCH", [_, _]) => ChangeRelease(repository, release, request.Body),
            ("GET", [_, _, "assets"]) => Page(repository, $"releases/{rest[1]}/assets", query, [.. release.Assets.Select(a => a.ToJson(Url, repository.FullName))]),
            _ => NotFound(),
        };
    }

    private JsonObject Json(FakeRepository repository, FakeRelease release) => release.ToJson(Url, $"{UploadOrigin ?? Url}/uploads/{repository.FullName}/{release.Id}", repository.FullName);

    private Reply CreateRelease(FakeRepository repository, string body)
    {
        if (!repository.MayWrite) return Error(403, "Resource not accessible by personal access token");
        if (Parsed(body) is not { } input) return Error(400, "Problems parsing JSON");
        var tag = input["tag_name"]?.GetValue<string>() ?? "";
        if (tag.Length == 0) return Invalid(new() { ["resource"] = "Release", ["code"] = "missing_field", ["field"] = "tag_name" });
        if (repository.Releases.Exists(r => !r.Draft && r.Tag == tag)) return Invalid(new() { ["resource"] = "Release", ["code"] = "already_exists", ["field"] = "tag_name" });
        Count("release");
        var release = new FakeRelease(++_releaseIds, tag) { CreatedAt = Time.GetUtcNow(), Draft = true };
        repository.Releases.Insert(0, release);
        Apply(repository, release, input, input["draft"]?.GetValue<bool>() ?? false);
        return new Reply(201, Json(repository, release));
    }

    private Reply ChangeRelease(FakeRepository repository, FakeRelease release, string body)
    {
        if (!repository.MayWrite) return Error(403, "Resource not accessible by personal access token");
        if (Parsed(body) is not { } input) return Error(400, "Problems parsing JSON");
        var draft = input["draft"]?.GetValue<bool>() ?? release.Draft;
        if (!draft && repository.Releases.Exists(r => r != release && !r.Draft && r.Tag == (input["tag_name"]?.GetValue<string>() ?? release.Tag)))
            return Invalid(new() { ["resource"] = "Release", ["code"] = "already_exists", ["field"] = "tag_name" });
        Count("release_changed");
        Apply(repository, release, input, draft);
        return new Reply(200, Json(repository, release));
    }

    private void Apply(FakeRepository repository, FakeRelease release, JsonObject input, bool draft)
    {
        release.Tag = input["tag_name"]?.GetValue<string>() ?? release.Tag;
        release.Target = input["target_commitish"]?.GetValue<string>() ?? release.Target;
        release.Name = input["name"]?.GetValue<string>() ?? release.Name;
        release.Body = input["body"]?.GetValue<string>() ?? release.Body;
        release.Prerelease = input["prerelease"]?.GetValue<bool>() ?? release.Prerelease;
        // A text in GitHub's schema, and not a flag.
        release.MakeLatest = input["make_latest"]?.GetValue<string>() ?? release.MakeLatest;
        if (release.Draft && !draft)
        {
            release.PublishedAt = Time.GetUtcNow();
            release.Immutable = repository.ImmutableReleases;
            repository.Tags.TryAdd(release.Tag, "b0");
        }
        release.Draft = draft;
    }

    /// <summary>The names that GitHub makes of odd ones.</summary>
    public static string AssetName(string name) => Regex.Replace(name, "[^A-Za-z0-9._+-]+", ".", RegexOptions.NonBacktracking).Trim('.');

    private Reply Upload(string fullName, string id, Dictionary<string, string> query, FakeRequest request)
    {
        if (_repositories.Find(r => r.FullName == fullName) is not { } repository || repository.Releases.Find(r => r.Id.ToString(CultureInfo.InvariantCulture) == id) is not { } release) return NotFound();
        if (!request.Headers.TryGetValue("Content-Length", out var length) || length != request.Bytes.Length.ToString(CultureInfo.InvariantCulture)) return Error(411, "Content-Length is required");
        var name = AssetName(query.GetValueOrDefault("name", ""));
        if (name.Length == 0) return Invalid(new() { ["resource"] = "ReleaseAsset", ["code"] = "missing_field", ["field"] = "name" });
        if (release.Immutable) return Error(422, "Cannot upload assets to an immutable release.");
        if (release.Assets.Exists(a => a.Name == name)) return Invalid(new() { ["resource"] = "ReleaseAsset", ["code"] = "already_exists", ["field"] = "name" });
        Count("asset");
        var asset = new FakeAsset(++_releaseIds, name, query.GetValueOrDefault("label"), "uploaded", request.Headers.GetValueOrDefault("Content-Type", ""), request.Bytes);
        release.Assets.Add(asset);
        return new Reply(201, asset.ToJson(Url, repository.FullName));
    }

    /// <summary>What GitHub keeps of an upload that broke off.</summary>
    private void LeaveStarter(string path, string name)
    {
        if (path.Trim('/').Split('/') is not ["uploads", var owner, var repository, var id] || name.Length == 0) return;
        _repositories.Find(r => r.FullName == $"{owner}/{repository}")?.Releases.Find(r => r.Id.ToString(CultureInfo.InvariantCulture) == id)?.Assets
            .Add(new FakeAsset(++_releaseIds, AssetName(name), null, "starter", "application/octet-stream", []));
    }

    /// <summary>An upload that ends with 502 and leaves a stub.</summary>
    public RouteFault BreakUpload(int first = 1) => Break(new RouteFault("POST", "/uploads/", async (context, _) =>
    {
        lock (_lock) LeaveStarter(context.Request.Path.Value!, context.Request.Query["name"].ToString());
        await RouteFault.Answer(502)(context, () => Task.CompletedTask);
    }, first));
}
