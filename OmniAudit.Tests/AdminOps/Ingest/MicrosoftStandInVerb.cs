using OmniAudit.Modules.AdminOps.Events;

namespace OmniAudit.Tests.AdminOps.Ingest;

/// <summary>The stand-in for Microsoft as a server of its own, with a week of events and a new one every few seconds: for trying the product without a tenant.</summary>
internal static class MicrosoftStandInVerb
{
    public static async Task<int> RunAsync(int events)
    {
        await using var microsoft = await MicrosoftStandIn.StartAsync();
        var now = DateTimeOffset.UtcNow;
        var made = new StandInEvents(1, MicrosoftStandIn.Tenant);
        string[] sources = [EventSources.Directory, EventSources.SignIn, EventSources.Intune];
        foreach (var source in sources) microsoft.Add(made.Make(source, events, now.AddDays(-6), now));
        foreach (var type in new[] { "Audit.Exchange", "Audit.SharePoint", "Audit.General" }) microsoft.AddBlobs(type, made.Make(EventSources.Unified, events, now.AddDays(-6), now), 50);
        await Console.Out.WriteLineAsync(string.Join('\n', microsoft.Settings(EventSources.Directory, EventSources.SignIn, EventSources.Intune, EventSources.Unified).Select(s => $"export {s.Key}={s.Value}")));
        using var ended = new CancellationTokenSource();
        Console.CancelKeyPress += (_, key) => { key.Cancel = true; ended.Cancel(); };
        using var terminated = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, signal => { signal.Cancel = true; ended.Cancel(); });
        using var beat = new PeriodicTimer(TimeSpan.FromSeconds(5));
        try
        {
            for (var i = 0; await beat.WaitForNextTickAsync(ended.Token); i++) microsoft.Add(made.Make(sources[i % sources.Length], 1, DateTimeOffset.UtcNow.AddSeconds(-5), DateTimeOffset.UtcNow));
        }
        catch (OperationCanceledException)
        {
            // Told to end.
        }
        return 0;
    }
}
