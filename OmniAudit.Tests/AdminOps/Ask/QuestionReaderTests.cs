using System.Globalization;
using OmniAudit.Modules.AdminOps.Ask;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Store;

namespace OmniAudit.Tests.AdminOps.Ask;

public sealed class QuestionReaderTests
{
    // A Friday.
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 13, 0, 0, TimeSpan.Zero);

    private static readonly StoreWords Store = new(
        ["AzureActiveDirectory", "Directory", "Exchange", "MicrosoftTeams", "SharePoint", "SignIn"],
        ["UserLoggedIn", "UserLoginFailed", "Sign-in", "Add member to role", "Remove member from role", "Reset user password", "New-InboxRule", "Set-InboxRule", "FileDeleted", "FileDownloaded", "Consent to application", "Delete user", "Update policy", "Add member to group"],
        ["anna.smith@contoso.com", "bob@contoso.com", "sync agent"]);

    [Theory]
    [InlineData("failed logins yesterday", "2026-11-19 00:00", "2026-11-20 00:00")]
    [InlineData("today", "2026-11-20 00:00", "2026-11-21 00:00")]
    [InlineData("in the last 3 days", "2026-11-17 13:00", null)]
    [InlineData("in the past 24h", "2026-11-19 13:00", null)]
    [InlineData("during the last hour", "2026-11-20 12:00", null)]
    [InlineData("since Monday", "2026-11-16 00:00", null)]
    [InlineData("on Friday", "2026-11-20 00:00", "2026-11-21 00:00")]
    [InlineData("last Friday", "2026-11-13 00:00", "2026-11-14 00:00")]
    [InlineData("last week", "2026-11-09 00:00", "2026-11-16 00:00")]
    [InlineData("this week", "2026-11-16 00:00", null)]
    [InlineData("this month", "2026-11-01 00:00", null)]
    [InlineData("last month", "2026-10-01 00:00", "2026-11-01 00:00")]
    [InlineData("since 2026-11-01", "2026-11-01 00:00", null)]
    [InlineData("after 2026-11-01", "2026-11-02 00:00", null)]
    [InlineData("before 2026-11-01", null, "2026-11-01 00:00")]
    [InlineData("since 2026-11-01 14:30", "2026-11-01 14:30", null)]
    [InlineData("between Monday and Wednesday", "2026-11-16 00:00", "2026-11-19 00:00")]
    [InlineData("from 2026-11-01 to 2026-11-03", "2026-11-01 00:00", "2026-11-04 00:00")]
    [InlineData("in July", "2026-07-01 00:00", "2026-08-01 00:00")]
    [InlineData("in December", "2025-12-01 00:00", "2026-01-01 00:00")]
    [InlineData("on 3 August", "2026-08-03 00:00", "2026-08-04 00:00")]
    [InlineData("on August 3rd, 2025", "2025-08-03 00:00", "2025-08-04 00:00")]
    [InlineData("the day before yesterday", "2026-11-18 00:00", "2026-11-19 00:00")]
    [InlineData("two days ago", "2026-11-18 13:00", null)]
    [InlineData("on 31 February", null, null)]
    [InlineData("nothing of time", null, null)]
    public void Time_InWords_IsASpan(string question, string? start, string? end)
    {
        var query = Read(question).Query;

        Assert.Equal((Time(start), Time(end)), (query.Start, query.End));
    }

    [Theory]
    [InlineData("How many sign-ins failed?", "Sign-in,UserLoggedIn,UserLoginFailed")]
    [InlineData("Who added members to a role?", "Add member to role")]
    [InlineData("Who was removed from a role?", "Remove member from role")]
    [InlineData("reset passwords", "Reset user password")]
    [InlineData("new inbox rules", "New-InboxRule,Set-InboxRule")]
    [InlineData("who deleted files", "FileDeleted")]
    [InlineData("downloads", "FileDownloaded")]
    [InlineData("who downloaded documents", "FileDownloaded")]
    [InlineData("app consents", "Consent to application")]
    [InlineData("anything", "")]
    public void Operation_InWords_IsThoseThatTheStoreHas(string question, string operations) =>
        Assert.Equal(operations, string.Join(",", Read(question).Query.Operations.Order(StringComparer.Ordinal)));

    [Theory]
    [InlineData("What did anna do yesterday?", "anna", null)]
    [InlineData("What did Anna Smith do yesterday?", "Anna Smith", null)]
    [InlineData("Did Zoë delete files?", "Zoë", null)]
    [InlineData("show bob@contoso.com", "bob@contoso.com", null)]
    [InlineData("who reset the password of bob@contoso.com?", null, "bob@contoso.com")]
    [InlineData("who changed \"Finance team\"?", null, "Finance team")]
    [InlineData("What happened to Bob since Monday?", null, "Bob")]
    [InlineData("failed sign-ins of anna", "anna", null)]
    [InlineData("files deleted by jdoe", "jdoe", null)]
    [InlineData("Who added members to Global Administrator?", null, "Global Administrator")]
    [InlineData("anna's downloads", "anna", null)]
    [InlineData("how many events were there", null, null)]
    [InlineData("Which users failed to sign in on Monday?", null, null)]
    public void Name_InAQuestion_IsWhoDidItOrWhomItConcerns(string question, string? actor, string? entity)
    {
        var query = Read(question).Query;

        Assert.Equal((actor, entity), (query.Actor, query.Entity));
    }

    [Theory]
    [InlineData("How many?", QuestionKind.HowMany)]
    [InlineData("Who deleted files?", QuestionKind.Who)]
    [InlineData("Which accounts failed?", QuestionKind.Who)]
    [InlineData("When did anna last sign in?", QuestionKind.When)]
    [InlineData("Where did anna sign in from?", QuestionKind.Where)]
    [InlineData("Did anyone reset a password?", QuestionKind.Whether)]
    [InlineData("What did anna do?", QuestionKind.What)]
    [InlineData("show everything", QuestionKind.What)]
    public void Kind_OfAQuestion_IsWhatItAsksFor(string question, object kind) => Assert.Equal((QuestionKind)kind, Read(question).Kind);

    [Fact]
    public void OutcomeServiceAndAddress_InAQuestion_AreFilters()
    {
        var query = Read("denied operations in Exchange and Teams from 203.0.113.7 or 2001:db8::1").Query;

        Assert.Equal([EventOutcome.Failure], query.Outcomes);
        Assert.Equal(["Exchange", "MicrosoftTeams"], query.Services);
        Assert.Equal(["203.0.113.7", "2001:db8::1"], query.Ips);
    }

    [Fact]
    public void ActiveFilters_AlwaysHold()
    {
        var filters = new EventQuery { Start = Now.AddDays(-2), ExcludeServices = ["Exchange"], Actor = "bob", IncludeTags = ["x"] };

        var reading = Read("What did anna do in Exchange in the last 30 days?", filters);

        Assert.Equal((filters.Start, "bob", "anna"), (reading.Query.Start, reading.Query.Actor, reading.Query.Entity));
        Assert.Equal(["Exchange"], reading.Query.ExcludeServices);
        Assert.Equal(["The active filters leave out Exchange."], reading.Conflicts);
    }

    [Fact]
    public void ActiveTime_ThatLeavesOutTheQuestions_IsAConflict() =>
        Assert.Contains("leave out yesterday", Assert.Single(Read("failures yesterday", new EventQuery { Start = Now.AddHours(-1) }).Conflicts), StringComparison.Ordinal);

    [Fact]
    public void Words_WithoutEffect_AreSaid() => Assert.Equal(["frobnicated", "widgets"], Read("who frobnicated widgets today").Ignored);

    [Theory]
    [InlineData("((((((")]
    [InlineData("\"\"\"\" ' ' ‘’")]
    [InlineData("%_\\ .* [a-z]+ (?!x)")]
    [InlineData("last 99999999999999999999 days")]
    [InlineData("last 999999 months")]
    [InlineData("between today and yesterday")]
    [InlineData("::::::: 999.999.999.999")]
    [InlineData("\u202Eevil \0 \ud800")]
    public void Question_OfAnyText_IsRead(string question) => Assert.NotNull(Read(question));

    private static QuestionReading Read(string question, EventQuery? filters = null) => QuestionReader.Read(question, filters ?? new EventQuery(), Store, Now);

    private static DateTimeOffset? Time(string? text) => text is null ? null : DateTimeOffset.ParseExact(text, "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
