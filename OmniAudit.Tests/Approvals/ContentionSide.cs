using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.GitHub;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Approvals;

/// <summary>One thing to do to one request.</summary>
/// <param name="Asked">The digest of what the agent asked for.</param>
/// <param name="Kind">One of <see cref="ContentionSide.Acts"/>.</param>
internal sealed record ContentionAct(string Id, string Asked, string Kind);

/// <summary>What became of it.</summary>
/// <param name="Done">It changed the request.</param>
/// <param name="Says">What the person or agent was told.</param>
internal sealed record ContentionEcho(string Id, string Kind, bool Done, string Says, string By);

/// <summary>
/// One of two processes that act on the same data directory: the product's own desks and dispatcher, without a server
/// around them. <c>contend DATA GITHUB_URL</c>; then it is told a JSON list of acts a line and answers with the echoes.
/// </summary>
internal sealed class ContentionSide : IAsyncDisposable
{
    private const int Hands = 4;
    private const string Tool = "auditlens.create_issue";
    /// <summary>Further than a request waits (WRITE_CONFIRMATION_TTL_SECONDS).</summary>
    private static readonly TimeSpan Later = TimeSpan.FromHours(2);
    private static readonly Actor Agent = AgentDirectory.Anonymous;

    private readonly ServiceProvider _services;
    private readonly Actor _person;
    private readonly ErrorLines _errors;
    private int _edits;

    private ContentionSide(ServiceProvider services, Actor person, ErrorLines errors) => (_services, _person, _errors) = (services, person, errors);

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    public static async Task<ContentionSide> OpenAsync(string data, string gitHubUrl, string name, TimeProvider? time = null)
    {
        var options = new OmniAuditOptions { Data = data };
        await TestDatabase.AssignAsync(options);
        (options.GitHub.ApiUrl, options.GitHub.Pat, options.Policy.RepoWriteAllowlist) = (gitHubUrl, FakeGitHub.Token, [ApprovalWorld.Repository]);
        var errors = new ErrorLines();
        var services = new ServiceCollection().AddLogging(l => l.AddProvider(errors)).AddSingleton(time ?? new ActTime()).AddSingleton(new GitHubLimits { BetweenWrites = TimeSpan.Zero }).AddOmniAudit(options).BuildServiceProvider();
        await OmniAuditModules.StartAsync(services, StorageUse.Command, CancellationToken.None);
        await services.GetRequiredService<ReceiptLog>().OpenAsync(CancellationToken.None);
        var person = new Actor(ActorKind.Person, $"person:opr_{name}", name);
        await People.AddAsync(services.GetRequiredService<Database>(), person);
        return new ContentionSide(services, person, errors);
    }

    /// <summary>The process itself.</summary>
    public static async Task<int> RunAsync(string[] words)
    {
        await using var side = await OpenAsync(words[0], words[1], "beth");
        TestProcess.Answer("ready");
        while (await Console.In.ReadLineAsync() is { } line)
            TestProcess.Answer(JsonSerializer.Serialize(await side.PlayAsync(JsonSerializer.Deserialize<ContentionAct[]>(line)!)));
        return 0;
    }

    public async Task<ContentionAct> AskAsync(string title)
    {
        var (tool, arguments) = (Get<ToolCatalog>().Find(Tool)!, JsonSerializer.SerializeToElement(ApprovalWorld.Arguments(title)));
        var input = tool.Parse(arguments);
        var facts = await tool.CheckAsync(_services, input, CancellationToken.None);
        var outcome = await Get<RequestDesk>().SubmitAsync(tool, input, CanonicalJson.Write(arguments), null, facts, new CallOrigin(Agent, "r", "contention"), CancellationToken.None);
        var ticket = Assert.IsType<ToolOutcome.NeedsApproval>(outcome).Ticket;
        return new ContentionAct(ticket.Id, ticket.ArgumentsSha256, "");
    }

    /// <summary>A few acts at a time, begun in the order given.</summary>
    public async Task<ContentionEcho[]> PlayAsync(IReadOnlyList<ContentionAct> acts)
    {
        var (waiting, echoes) = (new ConcurrentQueue<ContentionAct>(acts), new ConcurrentQueue<ContentionEcho>());
        await Task.WhenAll(Enumerable.Range(0, Hands).Select(_ => Task.Run(async () =>
        {
            while (waiting.TryDequeue(out var act))
            {
                try
                {
                    echoes.Enqueue(await PlayAsync(act));
                }
                catch (Exception failure)
                {
                    echoes.Enqueue(new ContentionEcho(act.Id, "broken", false, $"{act.Kind}: {failure}", _person.Subject));
                }
            }
        })));
        // What the product could only write into its log went wrong all the same.
        return [.. echoes, .. _errors.Take().Select(e => new ContentionEcho("", "broken", false, e, _person.Subject))];
    }

    public static IReadOnlyList<string> Acts { get; } =
        ["approve", "approve-asked", "deny", "decide-late", "execute", "execute-late", "withdraw-agent", "withdraw-person", "edit", "freeze-execute-lift"];

    private async Task<ContentionEcho> PlayAsync(ContentionAct act)
    {
        var (id, none) = (act.Id, CancellationToken.None);
        switch (act.Kind)
        {
            case "approve":
                return Echo(await DecideAsync(id, Decision.Approve, await ShownAsync(id)));
            case "approve-asked":
                return Echo(await DecideAsync(id, Decision.Approve, act.Asked));
            case "deny":
                return Echo(await DecideAsync(id, Decision.Deny, await ShownAsync(id)));
            case "decide-late":
                return Echo(await ActTime.AheadAsync(Later, async () => await DecideAsync(id, Decision.Approve, await ShownAsync(id))));
            case "withdraw-person":
                return Echo(await Get<ApprovalDesk>().WithdrawAsync(id, "not needed", _person, none));
            case "withdraw-agent":
                var (state, withdrawn) = await Get<RequestDesk>().WithdrawAsync(id, "changed my mind", Agent, none);
                return new ContentionEcho(id, act.Kind, withdrawn, state, Agent.Subject);
            case "edit":
                var arguments = ApprovalWorld.Arguments($"{id} as {_person.Name} wants it, {Interlocked.Increment(ref _edits)}");
                return Echo(await Get<ApprovalEditor>().EditAsync(Tool, new ShownRequest(id, await ShownAsync(id)), JsonSerializer.SerializeToElement(arguments), _person, none));
            case "execute":
                await Get<ApprovedCallDispatcher>().ExecuteAsync(id, none);
                break;
            case "execute-late":
                await ActTime.AheadAsync(Later, async () =>
                {
                    await Get<ApprovedCallDispatcher>().ExecuteAsync(id, none);
                    return true;
                });
                break;
            case "expire-all":
                await ActTime.AheadAsync(Later, async () =>
                {
                    await Get<ApprovalSweeper>().ExpireOverdueAsync(none);
                    return true;
                });
                break;
            case "freeze-execute-lift":
                await Get<FreezeSwitch>().FreezeAsync("a moment", _person, none);
                await Get<ApprovedCallDispatcher>().ExecuteAsync(id, none);
                await Get<FreezeSwitch>().LiftAsync(_person, none);
                break;
            default:
                throw new ArgumentException($"Nobody knows the act {act.Kind}.");
        }
        return new ContentionEcho(id, act.Kind, false, "-", "");

        ContentionEcho Echo(DecisionResult result) => new(id, act.Kind, result.Accepted, result.Message, _person.Subject);
    }

    private Task<DecisionResult> DecideAsync(string id, Decision decision, string digest) =>
        Get<ApprovalDesk>().DecideAsync(id, decision, decision == Decision.Deny ? "no" : "", digest, _person, CancellationToken.None);

    private async Task<string> ShownAsync(string id) => (await Get<ApprovalQueries>().FindAsync(id, CancellationToken.None))!.PayloadSha256;

    public async ValueTask DisposeAsync() => await _services.DisposeAsync();

    /// <summary>Every error that was logged.</summary>
    private sealed class ErrorLines : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IEnumerable<string> Take()
        {
            while (_lines.TryDequeue(out var line)) yield return line;
        }

        public ILogger CreateLogger(string categoryName) => this;
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;
        public void Dispose() { }

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) _lines.Enqueue($"{formatter(state, exception)} {exception}");
        }
    }

    /// <summary>The system's clock; single acts see it ahead.</summary>
    private sealed class ActTime : TimeProvider
    {
        private static readonly AsyncLocal<TimeSpan> Ahead = new();

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead.Value;

        public static async Task<T> AheadAsync<T>(TimeSpan by, Func<Task<T>> act)
        {
            Ahead.Value = by;
            return await act();
        }
    }
}
