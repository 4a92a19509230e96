using OmniAudit.Modules.Tools;
namespace OmniAudit.Modules.Identities;
/// <summary>x</summary>
public sealed class AgentDirectory
{
    /// <summary>x</summary>
    public static Actor Anonymous { get; } = new(ActorKind.Agent, "agent:anonymous", "anonymous");
    /// <summary>x</summary>
    public Task<Actor?> FindByKeyAsync(string key, CancellationToken cancellationToken) => Task.FromResult<Actor?>(null);
}
