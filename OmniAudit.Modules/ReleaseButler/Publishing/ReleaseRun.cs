using System.Security.Cryptography;
using OmniAudit.Modules.GitHub;

namespace OmniAudit.Modules.ReleaseButler.Publishing;

/// <summary>An asset to be: a file, or something made here.</summary>
internal sealed class ReleaseItem(int position, string name)
{
    public int Position { get; } = position;
    public string Name { get; } = name;
    public long Size { get; set; }
    /// <summary>Lower-case hex; empty while it is not made yet.</summary>
    public string Sha256 { get; set; } = "";
    public string MediaType { get; set; } = "application/octet-stream";
    /// <summary>Its bytes from the beginning, for each attempt anew; null while it is not made yet.</summary>
    public Func<Stream>? Open { get; set; }

    /// <summary>Set once it is there and checked.</summary>
    public long? AssetId { get; set; }
    /// <summary>Why it is not there; null while all is well.</summary>
    public string? Error { get; set; }

    public ReleaseItem Holding(byte[] bytes, string mediaType)
    {
        (Size, Sha256, MediaType, Open) = (bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)), mediaType, () => new MemoryStream(bytes, writable: false));
        return this;
    }

    public ReleaseOperationAssetRow ToRow(string operationId) => new() { OperationId = operationId, Position = Position, Name = Name, Size = Size, Sha256 = Sha256 };
}

/// <summary>One run at a release.</summary>
internal sealed class ReleaseRun(CreateReleaseTool.Input input, ReleasePlan plan, ReleaseOperationRow operation, GitHubRelease release, List<ReleaseItem> items)
{
    public CreateReleaseTool.Input Input { get; } = input;
    public ReleasePlan Plan { get; } = plan;
    public ReleaseOperationRow Operation { get; } = operation;
    public string OperationId => Operation.OperationId;
    public GitHubRelease Release { get; } = release;
    public List<ReleaseItem> Items { get; } = items;
    public CreateReleaseTool.ProvenanceRef? Provenance { get; set; }

    public CreateReleaseTool.Output Done(string state, string? url) => new(
        state, url, Release.Id, Plan.Commit,
        [.. Items.Where(i => i.AssetId is not null).Select(i => new CreateReleaseTool.Asset(i.Name, i.Size, i.Sha256, i.AssetId))],
        [.. Items.Where(i => i.AssetId is null).Select(i => new CreateReleaseTool.MissingAsset(i.Name, i.Size, i.Sha256, i.Error ?? "its turn did not come"))],
        Provenance, Plan.Mark);
}
