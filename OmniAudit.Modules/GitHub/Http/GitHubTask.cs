namespace OmniAudit.Modules.GitHub.Http;

/// <summary>What a request is for, in the words of its errors.</summary>
/// <param name="What">As in "GitHub finds nothing for …".</param>
/// <param name="Needs">The permission, by GitHub's name, that it needs.</param>
/// <param name="Gone">What 410 means for it.</param>
internal sealed record GitHubTask(string What, string Needs = "Contents: read", string Gone = "");
