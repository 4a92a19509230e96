namespace OmniAudit.Modules.Storage;

/// <summary>The store cannot be used, and the process must not start. The message is for the operator: which setting, what is wrong, what to do.</summary>
public sealed class StorageStartException(string message, Exception? inner = null) : Exception(message, inner);
