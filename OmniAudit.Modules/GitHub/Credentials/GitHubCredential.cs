namespace OmniAudit.Modules.GitHub.Credentials;

/// <summary>What a request shows GitHub.</summary>
/// <param name="Token">Secret: goes into the Authorization header and nowhere else.</param>
/// <param name="Identity">Who asks, for what is kept per asker; not secret, and the same for all tokens of one installation.</param>
internal sealed record GitHubCredential(string Token, string Identity)
{
    /// <summary>Without the token, which would end up in a log.</summary>
    public override string ToString() => $"credential of {Identity}";
}
