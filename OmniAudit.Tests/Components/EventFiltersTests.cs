using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Tests.Support;
using OmniAudit.Web.Components.Admin;

namespace OmniAudit.Tests.Components;

/// <summary>The Explorer's filters and their address.</summary>
public sealed class EventFiltersTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 10, 0, 0, TimeSpan.Zero);
    private static readonly string[] Values = ["Exchange", "ada@contoso.test", "a b", "50 % & more?", "=1+1", "#x", "ünï", "it's \"quoted\"", "a,b;c", "+", "\\d{3}", "x=y&service=z"];

    [Fact]
    public void Link_OfAnyFilters_IsReadBackTheSame()
    {
        var random = new Random(20261122);
        for (var i = 0; i < 2000; i++)
        {
            var filters = Some(random);
            var (read, problems) = EventFilterParser.Parse(filters.QueryString);
            Assert.Empty(problems);
            Assert.Equal(filters.Link, read.Link);
            Assert.Equivalent(filters.ToQuery(Now), read.ToQuery(Now), strict: true);
            Assert.Equal((filters.Limit, filters.Cursor, filters.Event), (read.Limit, read.Cursor, read.Event));
            Assert.True(EventFilterParser.SaysFilters(filters.QueryString));
        }
        SuiteReport.Add("Explorer", ["2000 random sets of filters: each read back from its address unchanged"]);
    }

    [Theory]
    [InlineData("?range=9y", "range: '9y' is none of 1h, 6h")]
    [InlineData("?start=yesterday", "start: 'yesterday' is no time such as")]
    [InlineData("?start=1601-01-01T00:00Z", "start: '1601-01-01T00:00Z' is no time")]
    [InlineData("?start=2026-03-02&end=2026-03-01", "end: is not after start")]
    [InlineData("?limit=0", "limit: '0' is no number from 1 to 1000")]
    [InlineData("?limit=-5", "limit: '-5' is no number")]
    [InlineData("?outcome=maybe", "outcome: 'maybe' is none of")]
    [InlineData("?source=mars", "source: 'mars' is none of directory")]
    [InlineData("?q=a&q=b", "q: is given 2 times; the first counts")]
    [InlineData("?services=Exchange", "services: is no filter")]
    [InlineData("?actor=a%00b", "actor: a value has a control character")]
    public void Address_WithSomethingUnusable_SaysWhichFieldAndKeepsTheRest(string query, string problem)
    {
        var (filters, problems) = EventFilterParser.Parse(query + "&service=Intune");
        Assert.StartsWith(problem, Assert.Single(problems), StringComparison.Ordinal);
        Assert.Equal(["Intune"], filters.Services);
        Assert.Equal(EventFilters.DefaultLimit, filters.Limit);
    }

    [Fact]
    public void Address_OfAnythingAtAll_IsReadAndNeverFails()
    {
        var random = new Random(7);
        for (var i = 0; i < 2000; i++)
        {
            const string Letters = "?&=%+#ab0-9service range\u0000\uD800é,";
            var text = new string([.. Enumerable.Range(0, random.Next(80)).Select(_ => Letters[random.Next(Letters.Length)])]);
            var (filters, _) = EventFilterParser.Parse(text);
            Assert.InRange(filters.Limit, 1, 1000);
            Assert.Empty(EventFilterParser.Parse(filters.QueryString).Problems);
        }
        var (long1, problems) = EventFilterParser.Parse("?who=" + new string('x', 301) + string.Concat(Enumerable.Range(0, 200).Select(n => $"&who=p{n}")));
        Assert.Equal(EventFilterParser.MostValues, long1.Actors.Count);
        Assert.Equal(2, problems.Count);
    }

    /// <summary>A range is kept as one: next month it is still the last seven days. What somebody looked for is not kept, nor a fixed time.</summary>
    [Fact]
    public void Remembered_AreExclusionsAndTheRange()
    {
        var now = Now;
        var kept = (new EventFilters { Range = "24h", Search = "secret", Services = ["Intune"], NotServices = ["Exchange"], NotActors = ["svc"], Cursor = "1-2", Event = "5" }).ToRemember;
        Assert.Equal("?range=24h&not_service=Exchange&not_who=svc", kept.QueryString);
        Assert.Equal(now.AddHours(-24), kept.ToQuery(now).Start);
        Assert.Equal(now.AddMonths(1).AddHours(-24), kept.ToQuery(now.AddMonths(1)).Start);
        Assert.Equal("?range=7d", (new EventFilters { Start = now, End = now.AddHours(1) }).ToRemember.QueryString);
        // A service that appears later is not hidden by what was kept.
        Assert.Empty(kept.ToQuery(now).Services);
        Assert.Equal(["Exchange", "SharePoint"], EventFilters.Default.ToQuery(now).ExcludeServices);
    }

    [Fact]
    public void PlusAndMinus_OnAValue_AddOrLeaveItOut_AndBeginAtTheNewestPage()
    {
        var filters = EventFilters.Default with { Cursor = "1-2", Event = "7" };
        Assert.Equal("/adminops?range=7d&service=Exchange&not_service=SharePoint&event=7", filters.With(EventField.Service, "Exchange").Link);
        Assert.Equal(["Exchange", "SharePoint", "Teams"], filters.Without(EventField.Service, "Teams").NotServices);
        Assert.Equal(["ada"], filters.With(EventField.Actor, "ada").Without(EventField.Actor, "ADA").With(EventField.Actor, "ada").Actors);
        Assert.Equal([EventOutcome.Unknown, EventOutcome.Success, EventOutcome.Partial], filters.Without(EventField.Outcome, "failure").Outcomes);
        // Leaving out the only one that was asked for asks for the others, not for all.
        Assert.Equal([EventOutcome.Unknown, EventOutcome.Failure, EventOutcome.Partial], (filters with { Outcomes = [EventOutcome.Success] }).Without(EventField.Outcome, "success").Outcomes);
        Assert.DoesNotContain("risk", filters.Without(EventField.Source, "risk").Sources);
        Assert.Equal("192.0.2.1", Assert.Single(filters.With(EventField.Ip, "192.0.2.1").ToQuery(Now).Ips));
        foreach (var (_, _, _, without) in Some(new Random(3)).Chosen) Assert.Null(without.Cursor);
    }

    [Fact]
    public void Chips_TakenAwayOneByOne_LeaveNothing()
    {
        var random = new Random(11);
        for (var i = 0; i < 200; i++)
        {
            var filters = Some(random);
            for (var left = filters.Chosen.Count(); left > 0; left--)
            {
                filters = filters.Chosen.ElementAt(random.Next(left)).Without;
                Assert.Equal(left - 1, filters.Chosen.Count());
            }
            Assert.Equal("?range=7d", (filters with { Limit = EventFilters.DefaultLimit, Event = null, Cursor = null }).QueryString);
        }
    }

    private static EventFilters Some(Random random)
    {
        var absolute = random.Next(3) == 0;
        var start = DateTimeOffset.FromUnixTimeMilliseconds(random.NextInt64(0, 4_000_000_000_000));
        return new EventFilters
        {
            Range = absolute ? EventFilters.DefaultRange : EventFilters.Ranges[random.Next(EventFilters.Ranges.Count)].Word,
            Start = absolute ? start : null,
            End = absolute && random.Next(2) == 0 ? start.AddMilliseconds(random.Next(1, 100_000)) : null,
            Search = One(), Contains = One(), Actor = One(), OperationText = One(), Result = One(), Target = One(), Correlation = One(),
            Services = Many(), NotServices = Many(), Operations = Many(), NotOperations = Many(), Actors = Many(), NotActors = Many(), Ips = Many(), Tags = Many(), NotTags = Many(),
            Outcomes = [.. Enum.GetValues<EventOutcome>().Where(_ => random.Next(3) == 0)],
            Sources = [.. EventSources.All.Where(_ => random.Next(4) == 0)],
            Limit = random.Next(2) == 0 ? EventFilters.DefaultLimit : random.Next(1, 1001),
            Cursor = random.Next(4) == 0 ? "123-abc" : null,
            Event = random.Next(4) == 0 ? "1234567890123" : null,
        };

        string One() => random.Next(3) == 0 ? Values[random.Next(Values.Length)] : "";
        IReadOnlyList<string> Many() => [.. Values.Where(_ => random.Next(8) == 0)];
    }
}
