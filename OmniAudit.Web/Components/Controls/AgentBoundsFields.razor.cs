using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Components.Controls;

/// <summary>The fields of an agent's bounds, as they are typed.</summary>
public sealed partial class AgentBoundsFields
{
    [Inject] private ToolCatalog Catalog { get; set; } = null!;

    /// <summary>Begins the ids of the fields; other than that of any form on the page.</summary>
    [Parameter, EditorRequired] public string Id { get; set; } = "";
    [Parameter, EditorRequired] public AgentBounds Bounds { get; set; } = null!;

    private string? Invalid(string field) => Bounds.Errors.Any(e => e.Field == field) ? "true" : null;

    private static string WordOf(string field) => field switch { "calls-per-minute" => "Calls a minute", "repositories" => "Repositories", "hosts" => "Hosts", _ => "Tools" };
}

/// <summary>Bounds while they are being typed, and what is wrong with them.</summary>
public sealed class AgentBounds(AgentScope scope)
{
    private readonly AgentScopeText _before = AgentScopeText.Of(scope);
    private string? _tools, _calls, _repositories, _hosts;

    public bool ReadOnly { get; set; } = scope.ReadOnly;
    public string? Tools { get => _tools ?? _before.Tools; set => _tools = value ?? ""; }
    public string? CallsPerMinute { get => _calls ?? _before.CallsPerMinute; set => _calls = value ?? ""; }
    public string? Repositories { get => _repositories ?? _before.Repositories; set => _repositories = value ?? ""; }
    public string? Hosts { get => _hosts ?? _before.Hosts; set => _hosts = value ?? ""; }
    public IReadOnlyList<FieldError> Errors { get; private set; } = [];

    /// <summary>Null when something is wrong, which <see cref="Errors"/> then says.</summary>
    public AgentScope? Read(ToolCatalog catalog)
    {
        (var read, Errors) = new AgentScopeText(ReadOnly, Tools!, CallsPerMinute!, Repositories!, Hosts!).Parse(catalog);
        return read;
    }
}
