using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Jobs;

namespace OmniAudit.Web.Components.Controls;

/// <summary>How far a job is, and what it does now.</summary>
public sealed partial class JobProgress
{
    [Parameter, EditorRequired] public JobView Job { get; set; } = null!;

    private int Percent => (int)Math.Round(Job.Progress * 100);
}
