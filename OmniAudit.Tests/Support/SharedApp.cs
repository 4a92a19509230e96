namespace OmniAudit.Tests.Support;

/// <summary>One server for all tests of a class, open to anonymous agents and with room for many writes.</summary>
public sealed class SharedApp : IAsyncLifetime
{
    public TestApp App { get; private set; } = null!;

    public async Task InitializeAsync() => App = await TestApp.StartAsync(o => o.RateLimits.WritesPerMinute = 10_000);

    public async Task DisposeAsync() => await App.DisposeAsync();
}
