using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace OmniAudit.Tests.GitHub;

/// <summary>A release on <see cref="FakeGitHub"/>.</summary>
internal sealed class FakeRelease(long id, string tag)
{
    public long Id { get; } = id;
    public string Tag { get; set; } = tag;
    public string Target { get; set; } = "main";
    public string? Name { get; set; }
    public string? Body { get; set; }
    public bool Draft { get; set; }
    public bool Prerelease { get; set; }
    public bool Immutable { get; set; }
    /// <summary>The date of its commit, by which GitHub finds the latest one.</summary>
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? PublishedAt { get; set; }
    public string MakeLatest { get; set; } = "true";
    public List<FakeAsset> Assets { get; } = [];

    /// <param name="uploads">The upload address, without the template.</param>
    public JsonObject ToJson(string api, string uploads, string fullName) => new()
    {
        ["id"] = Id, ["node_id"] = $"RE_{Id}", ["tag_name"] = Tag, ["target_commitish"] = Target, ["name"] = Name, ["body"] = Body, ["draft"] = Draft, ["prerelease"] = Prerelease, ["immutable"] = Immutable,
        ["created_at"] = FakeGitHub.Timestamp(CreatedAt), ["published_at"] = PublishedAt is { } at ? FakeGitHub.Timestamp(at) : null, ["url"] = $"{api}/repos/{fullName}/releases/{Id}",
        ["html_url"] = $"{api}/{fullName}/releases/tag/{(Draft ? $"untagged-{Id:x}" : Tag)}", ["upload_url"] = $"{uploads}{{?name,label}}", ["author"] = new JsonObject { ["login"] = "omniaudit-bot", ["id"] = 7, ["type"] = "Bot" },
        ["assets"] = new JsonArray([.. Assets.Select(a => a.ToJson(api, fullName))]),
    };
}

/// <summary>An asset; <c>starter</c> is what a broken upload leaves.</summary>
internal sealed record FakeAsset(long Id, string Name, string? Label, string State, string ContentType, byte[] Bytes)
{
    /// <summary>Older assets have none.</summary>
    public bool HasDigest { get; init; } = true;

    public JsonObject ToJson(string api, string fullName) => new()
    {
        ["id"] = Id, ["node_id"] = $"RA_{Id}", ["name"] = Name, ["label"] = Label, ["state"] = State, ["content_type"] = ContentType, ["size"] = Bytes.Length, ["download_count"] = 3, ["url"] = $"{api}/repos/{fullName}/releases/assets/{Id}",
        ["digest"] = HasDigest && State == "uploaded" ? "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Bytes)) : null, ["browser_download_url"] = $"{api}/{fullName}/releases/download/x/{Name}",
        ["created_at"] = "2026-03-01T10:00:00Z", ["updated_at"] = "2026-03-01T10:00:00Z", ["uploader"] = null,
    };
}
