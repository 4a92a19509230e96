using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace OmniAudit.Modules.ReleaseButler.Publishing;

/// <summary>How far the publishing of a release is; the same words in answers and pages.</summary>
public static class ReleaseState
{
    /// <summary>Begun: a draft is there or about to be, and assets are being uploaded.</summary>
    public const string Uploading = "uploading";
    /// <summary>Everything is there and is being published.</summary>
    public const string Publishing = "publishing";
    /// <summary>Published, and looked at afterwards.</summary>
    public const string Published = "published";
    /// <summary>A whole draft, as was asked for.</summary>
    public const string Draft = "draft";
    /// <summary>A draft that lacks something; the same release asked for again goes on from there.</summary>
    public const string Incomplete = "incomplete";
    /// <summary>Nothing was created.</summary>
    public const string Refused = "refused";
}

/// <summary>How far one asset is.</summary>
public static class ReleaseAssetState
{
    /// <summary>Its turn has not come.</summary>
    public const string Waiting = "waiting";
    /// <summary>Its bytes are on their way.</summary>
    public const string Uploading = "uploading";
    /// <summary>There, with the right name, size and digest.</summary>
    public const string Uploaded = "uploaded";
    /// <summary>Not there, or not as it should be; the reason is said.</summary>
    public const string Failed = "failed";
}

/// <summary>One approved publishing of a release. Written before the first request that changes anything.</summary>
internal sealed class ReleaseOperationRow : IEntityTypeConfiguration<ReleaseOperationRow>
{
    /// <summary>The approval's id.</summary>
    public string OperationId { get; set; } = "";
    public string Repository { get; set; } = "";
    public long RepositoryId { get; set; }
    public string Tag { get; set; } = "";
    /// <summary>Of all that the draft is made from; see ReleasePlan. Only an equal one may go on with the draft.</summary>
    public string Fingerprint { get; set; } = "";
    /// <summary>The operation whose mark stands in the release's body: this one, or the first that was not finished.</summary>
    public string Mark { get; set; } = "";
    public long? ReleaseId { get; set; }
    public string? ReleaseUrl { get; set; }
    /// <summary>One of <see cref="ReleaseState"/>.</summary>
    public string State { get; set; } = ReleaseState.Uploading;
    public string? Error { get; set; }
    public string RequestedByName { get; set; } = "";
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? FinishedAt { get; set; }

    public void Configure(EntityTypeBuilder<ReleaseOperationRow> builder)
    {
        builder.ToTable("release_operations").HasKey(o => o.OperationId);
        builder.Property(o => o.OperationId).HasMaxLength(40);
        builder.HasIndex(o => new { o.RepositoryId, o.Tag });
        builder.HasIndex(o => o.Mark);
    }
}

/// <summary>One asset of an operation.</summary>
internal sealed class ReleaseOperationAssetRow : IEntityTypeConfiguration<ReleaseOperationAssetRow>
{
    public string OperationId { get; set; } = "";
    /// <summary>From 0, in the order of uploading.</summary>
    public int Position { get; set; }
    public string Name { get; set; } = "";
    public long Size { get; set; }
    public string Sha256 { get; set; } = "";
    /// <summary>One of <see cref="ReleaseAssetState"/>.</summary>
    public string State { get; set; } = ReleaseAssetState.Waiting;
    public long? AssetId { get; set; }
    public string? Error { get; set; }

    public void Configure(EntityTypeBuilder<ReleaseOperationAssetRow> builder) =>
        builder.ToTable("release_operation_assets").HasKey(a => new { a.OperationId, a.Position });
}
