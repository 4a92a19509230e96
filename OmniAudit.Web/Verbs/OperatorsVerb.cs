using System.CommandLine;
using OmniAudit.Modules.Identities;

namespace OmniAudit.Web.Verbs;

/// <summary><c>operators</c>: the people who may sign in to the console.</summary>
internal static class OperatorsVerb
{
    public static Command Command()
    {
        var name = new Argument<string>("NAME") { Description = "The user name: lower-case letters, digits, dot, dash and underscore." };
        var display = new Option<string?>("--display-name") { Description = "The name shown on decisions and receipts." };
        var groups = new Option<string>("--groups") { Description = "Groups for approval rules, separated by commas.", DefaultValueFactory = _ => "" };
        var role = new Option<string>("--role") { Description = "viewer, operator, approver or admin; each may do what the ones before may.", DefaultValueFactory = _ => Role.Approver.Word() };
        var add = new Command("add", "Adds a person and prints a one-time sign-in link.") { name, display, role, groups };
        add.SetAction((arguments, cancellationToken) => CommandLine.WithStoreAsync(async (services, options) =>
        {
            var person = await services.GetRequiredService<OperatorDirectory>().AddAsync(
                arguments.GetRequiredValue(name), arguments.GetValue(display), Roles.Parse(arguments.GetRequiredValue(role)), OperatorDirectory.CommandLine, cancellationToken);
            if (arguments.GetValue(groups) is { Length: > 0 } names)
                person = await services.GetRequiredService<OperatorDirectory>().SetGroupsAsync(person.OperatorId, names.Split(','), cancellationToken);
            Console.WriteLine($"Operator {person.UserName} ({person.OperatorId}), role {person.Role.Word()}");
            await PrintLinkAsync(services, options.App.PublicUrl, person, cancellationToken);
        }, cancellationToken));

        var list = new Command("list", "Lists the people.");
        list.SetAction((_, cancellationToken) => CommandLine.WithStoreAsync(async (services, _) =>
        {
            var people = await services.GetRequiredService<OperatorDirectory>().ListAsync(cancellationToken);
            if (people.Count == 0) Console.WriteLine("Nobody yet. The first start of the server adds one; or: ./run.sh operators add NAME");
            foreach (var person in people)
                Console.WriteLine($"{person.UserName,-24} {person.Role.Word(),-9} {(person.DisabledAt is null ? "active" : "disabled"),-10} {(person.HasPassword ? "password set" : "no password yet"),-16} last sign-in {(person.LastSignInAt is { } at ? $"{at:yyyy-MM-dd HH:mm} UTC" : "never"),-20} groups {(person.Groups.Length > 0 ? person.Groups : "none")}");
        }, cancellationToken));

        var link = new Command("link", "Prints a new one-time sign-in link for a person.") { name };
        link.SetAction((arguments, cancellationToken) => CommandLine.WithStoreAsync(async (services, options) =>
        {
            var person = await FindAsync(services, arguments.GetRequiredValue(name), cancellationToken);
            await PrintLinkAsync(services, options.App.PublicUrl, person, cancellationToken);
        }, cancellationToken));

        var disable = new Command("disable", "Ends a person's sessions and keeps them out.") { name };
        disable.SetAction((arguments, cancellationToken) => CommandLine.WithStoreAsync(async (services, _) =>
        {
            var person = await FindAsync(services, arguments.GetRequiredValue(name), cancellationToken);
            await services.GetRequiredService<OperatorDirectory>().DisableAsync(person.OperatorId, cancellationToken);
            Console.WriteLine($"{person.UserName} can no longer sign in.");
        }, cancellationToken));
        var members = new Argument<string>("GROUPS") { Description = "All groups the person is to be in, separated by commas; an empty text for none." };
        var group = new Command("groups", "Puts a person into exactly these groups.") { name, members };
        group.SetAction((arguments, cancellationToken) => CommandLine.WithStoreAsync(async (services, _) =>
        {
            var person = await FindAsync(services, arguments.GetRequiredValue(name), cancellationToken);
            person = await services.GetRequiredService<OperatorDirectory>().SetGroupsAsync(person.OperatorId, arguments.GetRequiredValue(members).Split(','), cancellationToken);
            Console.WriteLine($"{person.UserName} is in: {(person.Groups.Length > 0 ? person.Groups : "no group")}");
        }, cancellationToken));
        var newRole = new Argument<string>("ROLE") { Description = "viewer, operator, approver or admin." };
        var setRole = new Command("role", "Gives a person another role, at once.") { name, newRole };
        setRole.SetAction((arguments, cancellationToken) => CommandLine.WithStoreAsync(async (services, _) =>
        {
            var person = await FindAsync(services, arguments.GetRequiredValue(name), cancellationToken);
            person = await services.GetRequiredService<OperatorDirectory>().SetRoleAsync(person.OperatorId, Roles.Parse(arguments.GetRequiredValue(newRole)), OperatorDirectory.CommandLine, cancellationToken);
            Console.WriteLine($"{person.UserName} is {person.Role.Word()}.");
        }, cancellationToken));
        return new Command("operators", "Adds, lists, changes and disables the people who may sign in.") { add, list, link, disable, setRole, group };
    }

    private static async Task<OperatorInfo> FindAsync(IServiceProvider services, string name, CancellationToken cancellationToken) =>
        await services.GetRequiredService<OperatorDirectory>().FindAsync(name, cancellationToken)
        ?? throw new IdentityRefusedException($"There is no operator '{name}'. List them: ./run.sh operators list");

    private static async Task PrintLinkAsync(IServiceProvider services, string url, OperatorInfo person, CancellationToken cancellationToken)
    {
        var link = await services.GetRequiredService<SignInLinks>().CreateAsync(person.OperatorId, cancellationToken);
        Console.WriteLine($"Sign in once, until {link.ExpiresAt.ToLocalTime():HH:mm}: {url}/signin?token={link.Token}");
    }
}
