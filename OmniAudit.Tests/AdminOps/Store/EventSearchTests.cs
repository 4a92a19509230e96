using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Store;

namespace OmniAudit.Tests.AdminOps.Store;

/// <summary>Filters find what they say, pages neither repeat nor skip, counts are true.</summary>
public sealed class EventSearchTests
{
    private static readonly string[] Services = ["Exchange", "SharePoint", "AzureActiveDirectory", "Intune", "Teams"];
    private static readonly string[] Operations = ["Add member to role.", "Set-Mailbox", "FileAccessed", "UserLoggedIn", "Delete policy"];
    private static readonly string[] People = ["anna.schmidt@contoso.com", "bob@contoso.com", "svc-backup@fabrikam.de", "João@contoso.com"];
    private static readonly string[] Words = ["alpha", "beta", "gamma delta", "Straße 5", "10.0.0.7", "delta gamma"];

    [Fact]
    public async Task Filters_OnRandomEvents_EqualANaiveSearch()
    {
        await using var world = await EventWorld.CreateAsync(substrings: true);
        var random = new Random(20261122);
        var events = Enumerable.Range(0, 5000).Select(i => Random(random, i)).ToList();
        foreach (var chunk in events.Chunk(500)) await world.Events.AppendAsync(chunk, default);
        var nonEmpty = 0;
        for (var i = 0; i < 70; i++)
        {
            var query = Query(random);
            var expected = events.Where(e => Fits(query, e)).OrderByDescending(e => e.Event.Time).ToList();
            var found = new List<string>();
            string? cursor = null;
            do
            {
                var page = await world.Search.SearchAsync(query, 700, cursor, default);
                found.AddRange(page.Events.Select(e => e.Event.SourceId));
                cursor = page.NextCursor;
            }
            while (cursor is not null);
            Assert.True(expected.Count == found.Count && found.ToHashSet(StringComparer.Ordinal).SetEquals(expected.Select(e => e.Event.SourceId)), $"{query}: {found.Count} found, {expected.Count} expected");
            var facets = await world.Search.FacetsAsync(query, 1000, default);
            Assert.Equal((expected.Count, true), ((int)facets.Total.Events, facets.Total.Exact));
            // A total beside a page looks into a thousand events only, where it must look.
            var total = await world.Search.CountAsync(query, default);
            Assert.True(total.Exact ? total.Events == expected.Count : total.Events < expected.Count && query is not { Contains: null, Search: null }, $"{query}: {total}, {expected.Count} expected");
            Assert.Equal(Counts(expected, e => e.Service), facets.Services.ToDictionary(c => c.Value, c => c.Events));
            Assert.Equal(Counts(expected, e => e.Actor.Key), facets.Actors.ToDictionary(c => c.Value, c => c.Events));
            Assert.Equal(Counts(expected, e => e.OperationNorm), facets.Operations.ToDictionary(c => c.Value, c => c.Events));
            Assert.Equal(expected.Count, facets.Histogram.Sum(b => b.Events));
            Assert.Equal(expected.Count(e => e.Event.Outcome == EventOutcome.Failure), facets.Histogram.Sum(b => b.Failures));
            if (expected.Count > 0) nonEmpty++;
        }
        Assert.True(nonEmpty > 30, $"Only {nonEmpty} queries found anything.");
    }

    [Fact]
    public async Task Counts_OfManyEvents_ComeFromTheHourlyCounts_AndAreTheSame()
    {
        await using var world = await EventWorld.CreateAsync(few: 10);
        var random = new Random(7);
        var events = Enumerable.Range(0, 3000).Select(i => Random(random, i)).ToList();
        foreach (var chunk in events.Chunk(500)) await world.Events.AppendAsync(chunk, default);
        for (var i = 0; i < 25; i++)
        {
            var query = Query(random) with { Actor = null, Search = null, Contains = null, Actors = [], OperationText = null };
            var expected = events.Where(e => Fits(query, e)).ToList();
            var facets = await world.Search.FacetsAsync(query, 1000, default);
            Assert.Equal((expected.Count, true), ((int)facets.Total.Events, facets.Total.Exact));
            Assert.Equal(expected.Count, (await world.Search.CountAsync(query, default)).Events);
            Assert.Equal(expected.Count, facets.Histogram.Sum(b => b.Events));
            if (expected.Count <= 10) continue;
            Assert.Equal(Counts(expected, e => e.Service), facets.Services.ToDictionary(c => c.Value, c => c.Events));
            Assert.Equal(Counts(expected, e => e.Outcome.ToString().ToLowerInvariant()), facets.Outcomes.ToDictionary(c => c.Value, c => c.Events));
        }
        var all = await world.Search.FacetsAsync(new EventQuery { ExcludeServices = ["intune"] }, 1000, default);
        Assert.Equal(Counts([.. events.Where(e => e.Event.Service != "Intune")], e => e.Actor.Key), all.Actors.ToDictionary(c => c.Value, c => c.Events));
    }

    [Fact]
    public async Task Pages_WhileEventsArrive_NeitherRepeatNorSkip()
    {
        await using var world = await EventWorld.CreateAsync();
        var before = Enumerable.Range(0, 600).Select(i => EventWorld.Event($"old{i}", EventWorld.Noon.AddSeconds(i))).ToList();
        await world.Events.AppendAsync(before, default);
        var (seen, cursor, page) = (new List<string>(), default(string), 0);
        do
        {
            // Among them, not only after them: late ones too.
            await world.Events.AppendAsync([.. Enumerable.Range(0, 20).Select(i => EventWorld.Event($"new{page}-{i}", EventWorld.Noon.AddSeconds(page * 31 + i)))], default);
            var read = await world.Search.SearchAsync(new EventQuery { Search = "bob" }, 50, cursor, default);
            seen.AddRange(read.Events.Select(e => e.Event.SourceId));
            (cursor, page) = (read.NextCursor, page + 1);
        }
        while (cursor is not null);
        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Empty(before.Select(e => e.Event.SourceId).Except(seen));
    }

    [Theory]
    [InlineData("schmidt", true)]
    [InlineData("SCHMIDT@contoso", true)]
    [InlineData("anna schmidt", true)]
    [InlineData("\"schmidt anna\"", false)]
    [InlineData("\"anna schmidt\"", true)]
    [InlineData("schm*", true)]
    [InlineData("hmidt", false)]
    [InlineData(".*anna.*", true)]
    [InlineData("anna AND nobody", false)]
    [InlineData("ÜNÏCODE", true)]
    [InlineData("unicode", false)]
    [InlineData("anna \" ' ) OR (", false)]
    public async Task Search_FindsWords_NeverExpressions(string text, bool found)
    {
        await using var world = await EventWorld.CreateAsync();
        await world.Events.AppendAsync([EventWorld.Event(note: "Ünïcode")], default);
        Assert.Equal(found, (await world.FindAsync(new EventQuery { Search = text })).Count == 1);
    }

    [Theory]
    [InlineData("search", "search: has no letter or digit", ".*")]
    [InlineData("search", "search: 'ab*'", "ab*")]
    [InlineData("contains", "contains: give at least three", "ab")]
    [InlineData("actor", "actor: at most 500", null)]
    public async Task Query_ThatCannotBe_IsRefusedByItsField(string field, string message, string? text)
    {
        await using var world = await EventWorld.CreateAsync();
        text ??= new string('x', 501);
        var query = field switch { "search" => new EventQuery { Search = text }, "contains" => new EventQuery { Contains = text }, _ => new EventQuery { Actor = text } };
        var refused = await Assert.ThrowsAsync<EventQueryException>(() => world.Search.SearchAsync(query, 10, null, default));
        Assert.StartsWith(message, refused.Message, StringComparison.Ordinal);
        Assert.Equal(field, refused.Field);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("12-00000000")]
    [InlineData("99999999999999999999-0")]
    public async Task Cursor_OfAnotherQuery_IsRefused(string cursor)
    {
        await using var world = await EventWorld.CreateAsync();
        Assert.Equal("cursor", (await Assert.ThrowsAsync<EventQueryException>(() => world.Search.SearchAsync(new EventQuery { Search = "x1" }, 10, cursor, default))).Field);
        Assert.Equal("limit", (await Assert.ThrowsAsync<EventQueryException>(() => world.Search.SearchAsync(new EventQuery(), 0, null, default))).Field);
    }

    [Fact]
    public async Task Cursor_WhenAnotherServiceHasItsFirstEvent_GoesOn()
    {
        await using var world = await EventWorld.CreateAsync();
        await world.Events.AppendAsync([EventWorld.Event("a"), EventWorld.Event("b", EventWorld.Noon.AddSeconds(1))], default);
        var query = new EventQuery { ExcludeServices = ["SharePoint"] };
        var page = await world.Search.SearchAsync(query, 1, null, default);
        await world.Events.AppendAsync([EventWorld.Event("late", EventWorld.Noon.AddSeconds(2)) is var late ? late with { Event = late.Event with { Service = "Teams" } } : late], default);
        Assert.Equal("a", Assert.Single((await world.Search.SearchAsync(query, 1, page.NextCursor, default)).Events).Event.SourceId);
        var other = query with { ExcludeServices = ["Teams"] };
        Assert.Equal("cursor", (await Assert.ThrowsAsync<EventQueryException>(() => world.Search.SearchAsync(other, 1, page.NextCursor, default))).Field);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Contains_FindsAnyPart_WithTheIndexAndWithout(bool indexed)
    {
        await using var world = await EventWorld.CreateAsync(indexed);
        await world.Events.AppendAsync([EventWorld.Event("a", note: "https://evil.example/x?y=1"), EventWorld.Event("b", EventWorld.Noon.AddSeconds(1), note: "evil-example")], default);
        Assert.Equal(["a"], await world.FindAsync(new EventQuery { Contains = "L.EXAMPLE/X?" }));
        Assert.Equal(["b", "a"], await world.FindAsync(new EventQuery { Contains = "evil", Services = ["exchange"] }));
        Assert.Empty(await world.FindAsync(new EventQuery { Contains = "evil", Services = ["Teams"] }));
    }

    [Fact]
    public async Task Count_OfAPart_StopsAfterAThousandEvents_AndSaysSo()
    {
        await using var world = await EventWorld.CreateAsync(substrings: true);
        foreach (var some in Enumerable.Range(0, 1200).Chunk(400)) await world.Events.AppendAsync([.. some.Select(i => EventWorld.Event($"e{i}", EventWorld.Noon.AddSeconds(i), upn: $"user{i}@toso.example", note: i % 2 == 0 ? "an even one" : "odd"))], default);
        // Found in what was read from the event, and in its record only.
        Assert.Equal(new EventTotal(1000, Exact: false), await world.Search.CountAsync(new EventQuery { Contains = "oso.ex" }, default));
        Assert.Equal(new EventTotal(600, Exact: true), await world.Search.CountAsync(new EventQuery { Search = "\"an even\"" }, default));
        Assert.Equal(new EventTotal(1200, Exact: true), (await world.Search.FacetsAsync(new EventQuery { Contains = "oso.ex" }, 10, default)).Total);
    }

    [Fact]
    public async Task Contains_WhenTheIndexIsYoungerThanEvents_FindsThoseToo()
    {
        await using var world = await EventWorld.CreateAsync();
        await world.Events.AppendAsync([EventWorld.Event("old", note: "needle-in-hay")], default);
        world.Disk.Options.AdminOps.SubstringIndex = true;
        await world.Events.AppendAsync([EventWorld.Event("new", EventWorld.Noon.AddSeconds(1), note: "needle-in-hay")], default);
        Assert.Equal(["new", "old"], await world.FindAsync(new EventQuery { Contains = "dle-in" }));
    }

    [Fact]
    public async Task Related_OfAnOldEvent_AreThoseOfItsOwnTime_BySameActorOrTargetOrAct()
    {
        await using var world = await EventWorld.CreateAsync();
        var old = EventWorld.Noon.AddYears(-1);
        await world.Events.AppendAsync([
            EventWorld.Event("center", old, upn: "anna@x.com", target: "bob@x.com", correlation: "c1"),
            EventWorld.Event("actor", old.AddMinutes(5), upn: "anna@x.com", target: "else@x.com"),
            EventWorld.Event("target", old.AddMinutes(-3), upn: "someone@x.com", target: "bob@x.com"),
            EventWorld.Event("act", old.AddHours(1), upn: "system@x.com", target: "else@x.com", correlation: "c1"),
            EventWorld.Event("neither", old.AddMinutes(1), upn: "someone@x.com", target: "else@x.com"),
            EventWorld.Event("late", old.AddHours(30), upn: "anna@x.com", target: "bob@x.com"),
            EventWorld.Event("today", EventWorld.Noon, upn: "anna@x.com", target: "bob@x.com"),
        ], default);
        Assert.Equal(["target", "actor", "act"], (await world.Search.RelatedAsync("center", TimeSpan.FromHours(24), 10, default)).Select(e => e.Event.SourceId));
        Assert.Empty(await world.Search.RelatedAsync("nobody", TimeSpan.FromHours(24), 10, default));
    }

    private static IncomingEvent Random(Random random, int i) => EventWorld.Event(
        $"e{i}", EventWorld.Noon.AddMinutes(-random.Next(0, 14 * 1440)).AddMilliseconds(i), Pick(random, Services), Pick(random, Operations), (EventOutcome)random.Next(0, 4), random.Next(3) == 0 ? null : Pick(random, ["True", "Success", "Failed"]),
        Pick(random, People), ip: random.Next(2) == 0 ? "10.0.0.7" : null, note: Pick(random, Words), source: Pick(random, [EventSources.Unified, EventSources.Directory]));

    private static EventQuery Query(Random random)
    {
        var query = new EventQuery();
        if (random.Next(2) == 0) query = query with { Start = EventWorld.Noon.AddMinutes(-random.Next(0, 14 * 1440)) };
        if (random.Next(3) == 0) query = query with { End = (query.Start ?? EventWorld.Noon.AddDays(-9)).AddMinutes(random.Next(1, 5 * 1440)) };
        if (random.Next(4) == 0) query = query with { Services = [Pick(random, Services).ToUpperInvariant(), "nothing"] };
        if (random.Next(3) == 0) query = query with { ExcludeServices = [Pick(random, Services), Pick(random, Services)] };
        if (random.Next(4) == 0) query = query with { Operations = [Pick(random, Operations)] };
        if (random.Next(4) == 0) query = query with { ExcludeOperations = [Pick(random, Operations).ToLowerInvariant()] };
        if (random.Next(5) == 0) query = query with { Outcomes = [(EventOutcome)random.Next(0, 4)] };
        if (random.Next(5) == 0) query = query with { Result = Pick(random, ["true", "failed", "failure"]) };
        if (random.Next(5) == 0) query = query with { Actors = [Pick(random, People)] };
        if (random.Next(6) == 0) query = query with { Actor = Pick(random, ["anna", "contoso", "joão", "back"]) };
        if (random.Next(5) == 0) query = query with { Search = Pick(random, ["alpha", "\"gamma delta\"", "straße", "10.0.0.7", "gam*", "contoso fileaccessed"]) };
        if (random.Next(6) == 0) query = query with { Contains = Pick(random, ["ta gam", "traße", "0.0.", "mailbox"]) };
        if (random.Next(6) == 0) query = query with { OperationText = Pick(random, ["mail", "member", "add role", "pol"]) };
        return query;
    }

    private static bool Fits(EventQuery q, IncomingEvent incoming)
    {
        var e = incoming.Event;
        var ignore = StringComparer.OrdinalIgnoreCase;
        var lines = EventWords.Lines(e, incoming.Raw);
        var words = lines.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return (q.Start is null || e.Time >= q.Start) && (q.End is null || e.Time < q.End)
            && (q.Services.Count == 0 || q.Services.Contains(e.Service, ignore)) && !q.ExcludeServices.Contains(e.Service, ignore)
            && (q.Operations.Count == 0 || q.Operations.Select(o => o.TrimEnd('.')).Contains(e.OperationNorm, ignore)) && !q.ExcludeOperations.Select(o => o.TrimEnd('.')).Contains(e.OperationNorm, ignore)
            && (q.Outcomes.Count == 0 || q.Outcomes.Contains(e.Outcome))
            && (q.Result is null || ignore.Equals(q.Result, e.ResultRaw) || ignore.Equals(q.Result, e.Outcome.ToString()))
            && (q.Actors.Count == 0 || q.Actors.Contains(e.Actor.Key, ignore))
            && (q.Actor is null || EventWords.Words(e.Actor.Upn!).Any(w => w.StartsWith(q.Actor, StringComparison.Ordinal)))
            && (q.OperationText is null || q.OperationText.Split(' ').All(p => EventWords.Words(e.Operation).Any(w => w.StartsWith(p, StringComparison.Ordinal))))
            && (q.Contains is null || EventWords.Folded(e, incoming.Raw).Contains(q.Contains, StringComparison.Ordinal))
            && (q.Search switch
            {
                null => true,
                "\"gamma delta\"" => lines.Contains(" gamma delta ", StringComparison.Ordinal),
                "10.0.0.7" => lines.Contains(" 10 0 0 7 ", StringComparison.Ordinal),
                "gam*" => words.Any(w => w.StartsWith("gam", StringComparison.Ordinal)),
                var text => text.Split(' ').All(w => words.Contains(w, StringComparer.Ordinal)),
            });
    }

    private static Dictionary<string, long> Counts(List<IncomingEvent> events, Func<AuditEvent, string> value) =>
        events.GroupBy(e => value(e.Event), StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.LongCount(), StringComparer.Ordinal);

    private static T Pick<T>(Random random, T[] values) => values[random.Next(values.Length)];
}
