namespace OmniAudit.Modules.AdminOps.Ask;

/// <summary>Why no model's words are in an answer.</summary>
public enum ModelFailure
{
    /// <summary>There is no LLM_API_KEY.</summary>
    NotConfigured,
    /// <summary>AI_FEATURES_ENABLED is false, or this person may not ask a model.</summary>
    NotAllowed,
    /// <summary>The server refuses the key or the request, or sends elsewhere.</summary>
    Refused,
    /// <summary>Too many requests, by the server's count or by ours.</summary>
    RateLimited,
    /// <summary>The whole answer was not there in time.</summary>
    TimedOut,
    /// <summary>No connection, or the server is out of order.</summary>
    Unreachable,
    /// <summary>The answer is too long, no JSON, or without text.</summary>
    NotUnderstood,
}

/// <summary>Exactly what is sent: the two messages of one request.</summary>
public sealed record ModelPrompt(string System, string User)
{
    /// <summary>Both, as people read them.</summary>
    public string Text => $"{System}\n\n{User}";
}

/// <summary>What came of one request.</summary>
/// <param name="Text">The model's words, as it wrote them; null when there are none.</param>
/// <param name="IsCut">It stopped at the limit of tokens: the last line is not whole.</param>
/// <param name="Error">For people, in our words: nothing of the server's.</param>
internal sealed record ModelReply(string? Text, bool IsCut, ModelFailure? Failure, string? Error)
{
    public static ModelReply Failed(ModelFailure failure, string error) => new(null, false, failure, error);
}
