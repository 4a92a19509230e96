using OmniAudit.Modules.Tools;

namespace OmniAudit.Tests.Support;

/// <summary>A read that names a repository.</summary>
internal sealed class ProbeReadRepositoryTool : ITool<ProbeReadRepositoryTool.Input, ProbeReadRepositoryTool.Output>
{
    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "probe.read_repository",
        Title = "Read a repository",
        Description = "Names a repository and reads nothing.",
        Risk = ToolRisk.Read,
        Policy = ToolPolicy.ReadableRepository<Input>(i => i.Repo),
    };

    internal sealed record Input
    {
        public required string Repo { get; init; }
    }

    internal sealed record Output(string Repo);

    public Task<Output> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken) => Task.FromResult(new Output(input.Repo));
}

/// <summary>A write that names a repository and a URL.</summary>
internal sealed class ProbeTagRepositoryTool(ProbeEffects effects) : ITool<ProbeTagRepositoryTool.Input, ProbeTagRepositoryTool.Output>
{
    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "probe.tag_repository",
        Title = "Tag a repository",
        Description = "Notes a repository and a page.",
        Risk = ToolRisk.Write,
        Policy = ToolPolicy.ReadableRepository<Input>(i => i.Repo).And(ToolPolicy.AllowedUrl<Input>(i => i.Page)),
        Intent = input => $"tag {input.Repo}",
    };

    internal sealed record Input
    {
        public required string Repo { get; init; }
        public required string Page { get; init; }
    }

    internal sealed record Output(string Repo);

    public Task<Output> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken)
    {
        effects.Notes.Enqueue(input.Repo);
        return Task.FromResult(new Output(input.Repo));
    }
}
