namespace OmniAudit.Modules.Storage.Objects;

/// <summary>What was stored.</summary>
/// <param name="Reference">Finds it again: <c>local://sha256/&lt;hex&gt;</c> or <c>s3://bucket/prefix/&lt;hex&gt;</c>. Holds no machine path.</param>
/// <param name="Sha256">Lower-case hex.</param>
/// <param name="Size">In bytes.</param>
internal sealed record StoredObject(string Reference, string Sha256, long Size);

/// <summary>No object is stored under the reference, or the text is no reference at all.</summary>
internal sealed class ObjectMissingException(string reference, string why, Exception? inner = null)
    : Exception($"The object '{reference}' {why}.", inner)
{
    public string Reference { get; } = reference;
}

/// <summary>The bytes found under a reference are not the bytes that were stored there.</summary>
/// <param name="actualSha256">Null when the store saw it before the content was read to its end.</param>
internal sealed class ObjectCorruptException(string reference, string? actualSha256 = null)
    : Exception($"The object '{reference}' is damaged: its content {(actualSha256 is null ? "does not match the store's own checksum" : $"has the SHA-256 {actualSha256}")}. Restore it from a backup.")
{
    public string Reference { get; } = reference;
}

/// <summary>The content is longer than OBJECT_STORE_MAX_BYTES; nothing was stored.</summary>
internal sealed class ObjectTooLargeException(long limit)
    : Exception($"The content is longer than {limit} bytes, the most that one object may have (OBJECT_STORE_MAX_BYTES).")
{
    public long Limit { get; } = limit;
}

/// <summary>The store cannot be used now; the message names the setting to look at. Trying again later may help.</summary>
public sealed class ObjectStoreUnavailableException : Exception
{
    internal ObjectStoreUnavailableException(string message, Exception? inner = null) : base(message, inner) { }

    /// <summary>The settings to look at, separated by commas; every message begins with them.</summary>
    public string Settings => Message[..Math.Max(0, Message.IndexOf(": ", StringComparison.Ordinal))];

    /// <summary>For callers, who need not know where the store stands.</summary>
    public string ForCallers => $"The object store cannot be used now, so this could not be done. Nothing is wrong with the request: try again later. An operator finds the cause in the server's log; the settings to look at: {Settings}.";
}
