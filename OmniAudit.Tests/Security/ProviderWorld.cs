using OmniAudit.Tests.Clients;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Security;

/// <summary>One provider, and one server that takes its tokens and its people, for all tests of a class: each test has callers and people of its own.</summary>
public sealed class ProviderWorld : IAsyncLifetime
{
    public OidcProvider Provider { get; } = new();
    public TestApp App { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await Provider.InitializeAsync();
        App = await StartAsync();
    }

    /// <summary>Another server, for what would disturb the others: its clock, its end.</summary>
    public async Task<TestApp> StartAsync(string? data = null)
    {
        var app = await TestApp.StartAsync(o =>
        {
            Provider.ForConsole(o);
            Provider.ForAgents(o);
        }, data);
        await Provider.RegisterAsync(app.Url);
        return app;
    }

    public async Task DisposeAsync()
    {
        await App.DisposeAsync();
        await Provider.DisposeAsync();
    }
}
