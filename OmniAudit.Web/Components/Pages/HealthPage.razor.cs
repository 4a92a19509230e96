using System.Diagnostics;
using System.Reflection;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Health;
using OmniAudit.Modules.Nodes;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Web.Components.Pages;

/// <summary>Whether the server can do its work, and by which settings. Secrets are masked by the settings themselves.</summary>
public sealed partial class HealthPage
{
    private readonly DateTimeOffset _startedAt = new(Process.GetCurrentProcess().StartTime.ToUniversalTime(), TimeSpan.Zero);
    private IReadOnlyList<SettingValue> _settings = [];
    private ReceiptLogStatus? _status;
    private VerificationResult? _verdict;
    private bool _verifying;
    private ReadinessReport? _ready;
    private bool _browserAsked;
    private string[] _also = [];
    private IReadOnlyList<ServerNode> _nodes = [];

    [Inject] private ReceiptQueries Receipts { get; set; } = null!;
    [Inject] private Readiness Readiness { get; set; } = null!;
    [Inject] private ServerNodes Nodes { get; set; } = null!;
    [Inject] private OmniAuditOptions Options { get; set; } = null!;
    [Inject] private IServiceProvider Services { get; set; } = null!;

    private static string Version { get; } = typeof(HealthPage).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    protected override bool Concerns(Change change) => change.Topic == Topics.Receipts;

    // Nobody tells of a server that is gone, or of a store that is away.
    protected override TimeSpan Every => TimeSpan.FromSeconds(5);

    protected override async Task LoadAsync()
    {
        // Tests start the server from options they made themselves.
        _settings = Services.GetService<SettingsResult>()?.Describe() ?? [];
        _status = await Receipts.GetStatusAsync(Left);
        _ready = await Readiness.CheckAsync(Left, _also);
        if (Options.Database.IsShared) _nodes = await Nodes.ListAsync(Left);
    }

    private static string InWords(string state) => state switch
    {
        NodeState.Alive => "at work",
        NodeState.Late => "late: not heard for a moment",
        _ => "gone: its work is about to be taken over",
    };

    private async Task CheckBrowserAsync()
    {
        _browserAsked = true;
        StateHasChanged();
        try
        {
            _also = [HealthModule.Browser];
            _ready = await Readiness.CheckAsync(Left, _also);
        }
        finally
        {
            _browserAsked = false;
        }
    }

    private async Task VerifyLogAsync()
    {
        _verifying = true;
        StateHasChanged();
        try
        {
            _verdict = await Receipts.VerifyLogAsync(Left);
        }
        finally
        {
            _verifying = false;
        }
    }

    private static string SourceOf(SettingValue setting) => setting.Source switch
    {
        SettingSource.Environment => "environment",
        SettingSource.DotEnv => ".env",
        SettingSource.Appsettings => "appsettings.json",
        _ => "default",
    };
}
