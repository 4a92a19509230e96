using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.AdminOps.Ask;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.AdminOps.Store;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.AdminOps.Ask;

/// <summary>A store of events, a scripted model, and what asks the one about the other. The clock stands at <see cref="Now"/>.</summary>
internal sealed class AskWorld : IAsyncDisposable
{
    public const string Key = "sk-test-0123456789";

    /// <summary>An agent, whose scope was judged before.</summary>
    public static readonly Actor Agent = new(ActorKind.Agent, "agent:agt_1", "bot");

    private readonly EventWorld _events;
    private readonly ServiceProvider _services;

    private AskWorld(EventWorld events, ModelStandIn? model, TestStore store)
    {
        (_events, Model) = (events, model);
        Options = store.Options.Ai;
        _services = new ServiceCollection().AddSingleton(store.Options).AddSingleton(store.Database).AddSingleton(TimeProvider.System).AddSingleton(events.Search)
            .AddLogging(l => l.AddProvider(new Lines(Log)).SetMinimumLevel(LogLevel.Trace)).AddAdminOpsAsk().BuildServiceProvider();
        Client = _services.GetRequiredService<ModelClient>();
        Explainer = _services.GetRequiredService<EventExplainer>();
        Questions = new EventQuestions(events.Search, _services.GetRequiredService<ModelAccess>(), Client, store.Options, store.Clock);
        store.Clock.Advance(Now - store.Clock.GetUtcNow());
    }

    /// <summary>A Friday, an hour after the events' noon.</summary>
    public static DateTimeOffset Now => EventWorld.Noon.AddHours(1);

    public ModelOptions Options { get; }
    public ModelStandIn? Model { get; }
    public ModelClient Client { get; }
    public EventExplainer Explainer { get; }
    public EventQuestions Questions { get; }
    public ConcurrentQueue<string> Log { get; } = new();

    /// <param name="model">What the model does; null for no key and no model.</param>
    public static async Task<AskWorld> StartAsync(string? model = null)
    {
        var server = model is null ? null : await ModelStandIn.StartAsync();
        var store = await TestStore.CreateAsync(o =>
        {
            if (server is null) return;
            (o.Ai.Enabled, o.Ai.ApiKey, o.Ai.BaseUrl, o.Ai.Name, o.Ai.TimeoutSeconds) = (true, Key, server.Url, model!, 5);
        });
        return new AskWorld(new EventWorld(store), server, store);
    }

    /// <summary>Stores events; their ids, in the order given.</summary>
    public async Task<IReadOnlyList<string>> AddAsync(params IncomingEvent[] events) => [.. (await _events.Events.AppendAsync(events, default)).Stored.Select(OmniAudit.Modules.AdminOps.Events.EventId.Text)];

    public Task<EventAnswer> AskAsync(string question, EventQuery? filters = null) => Questions.AskAsync(question, filters ?? new EventQuery(), Agent, default);

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _events.DisposeAsync();
        if (Model is not null) await Model.DisposeAsync();
    }

    private sealed class Lines(ConcurrentQueue<string> log) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => true;
        public void Log<TState>(LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => log.Enqueue($"{formatter(state, exception)} {exception}");
        public void Dispose() { }
    }
}
