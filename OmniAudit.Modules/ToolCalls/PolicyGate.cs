using OmniAudit.Modules.Tools;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Modules.ToolCalls;

/// <summary>Judges what a call wants to touch, before anything is queued and again when a write is executed.</summary>
internal sealed class PolicyGate(UrlPolicy urls, RepositoryPolicy repositories, ExportPathPolicy exportPaths)
{
    /// <summary>The first target that is not allowed; null when all are.</summary>
    public async Task<FieldError?> CheckAsync(CatalogTool tool, object input, CancellationToken cancellationToken)
    {
        foreach (var target in tool.Targets(input))
        {
            var verdict = target.Subject switch
            {
                PolicySubject.Url => await urls.CheckAsync(target.Value, cancellationToken),
                PolicySubject.Repository => repositories.Check(target.Value),
                PolicySubject.ExportPath => exportPaths.Check(target.Value),
                _ => throw new InvalidOperationException($"No policy judges {target.Subject}."),
            };
            if (!verdict.Allowed) return new FieldError(target.Field, verdict.Message);
        }
        return null;
    }

    /// <summary>What the call touches, for people: the first target's value, or the tool itself.</summary>
    public static string TargetOf(CatalogTool tool, object input) => tool.Targets(input).FirstOrDefault()?.Value ?? tool.Name;
}
