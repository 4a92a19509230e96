using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Server;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Conformance;

/// <summary>The servers that the suites are run against, open to anonymous agents: one with the suites' fixtures, one with nothing but what is shipped.</summary>
public sealed class ConformanceSites : IAsyncLifetime
{
    public const string Name = "conformance";

    private readonly ConformanceFixtures _fixtures = new();

    public TestApp WithFixtures { get; private set; } = null!;
    public TestApp Shipped { get; private set; } = null!;
    public IReadOnlyCollection<string> FixtureTools => [.. _fixtures.ToolNames];

    public async Task InitializeAsync()
    {
        WithFixtures = await TestApp.StartAsync(services: s => s.AddSingleton<IConfigureOptions<McpServerOptions>>(_fixtures));
        _fixtures.Changes = WithFixtures.Get<ChangeFeed>();
        Shipped = await TestApp.StartAsync(services: s => s.AddSingleton(_ => ToolCatalog.FromAssemblies(typeof(ToolCatalog).Assembly)));
    }

    public async Task DisposeAsync()
    {
        await WithFixtures.DisposeAsync();
        await Shipped.DisposeAsync();
    }
}

[CollectionDefinition(ConformanceSites.Name)]
public sealed class ConformanceGroup : ICollectionFixture<ConformanceSites>;
