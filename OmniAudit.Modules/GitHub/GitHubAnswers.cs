using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.GitHub;

/// <summary>GitHub's refusals as tools answer them.</summary>
internal static class GitHubAnswers
{
    /// <summary>What GitHub does not have or does not give is a refusal that names the argument.</summary>
    /// <param name="field">The argument at fault when GitHub knows no such thing; a limit or an outage is no argument's fault.</param>
    public static async Task<T> OrRefuseAsync<T>(this Task<T> read, string field)
    {
        try
        {
            return await read;
        }
        catch (GitHubRefusedException refused)
        {
            var named = refused.Code is "not_found" or "github_gone" ? field : refused.Field;
            throw new ToolRefusedException(refused.Code, named is null ? refused.Message : $"{named}: {refused.Message}", named);
        }
    }
}
