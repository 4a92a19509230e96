using System.Globalization;
using System.Text.RegularExpressions;

namespace OmniAudit.Modules.AdminOps.Ask;

/// <summary>When, as a question says it. Days begin at midnight UTC and weeks on Monday.</summary>
/// <param name="Rest">The question without the words of time.</param>
/// <param name="Said">Those words; empty when there are none.</param>
internal sealed record TimeReading(DateTimeOffset? Start, DateTimeOffset? End, string Rest, string Said);

/// <summary>Reads times out of questions.</summary>
internal static partial class TimeWords
{
    private static readonly string[] Weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
    private static readonly string[] Months = ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];

    /// <summary>A word of the calendar.</summary>
    public static bool IsOne(string word) => Array.Exists(Weekdays, d => d.Equals(word, StringComparison.OrdinalIgnoreCase)) || Array.Exists(Months, m => m.Equals(word, StringComparison.OrdinalIgnoreCase));

    public static TimeReading Read(string question, DateTimeOffset now)
    {
        now = now.ToUniversalTime();
        // It has "before yesterday" in it, which is another time.
        question = DayBefore().Replace(question, Day(now).AddDays(-2).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        DateTimeOffset? start = null, end = null;
        var said = new List<string>();
        // Longer forms first: "the last 3 days" has "days" in it, "between monday and friday" has two days.
        Take(Between(), m => (Begin(m.Groups["a"].Value, now), After(m.Groups["b"].Value, now)));
        Take(Rolling(), m => (Back(now, m.Groups["n"].Value, m.Groups["u"].Value), null));
        Take(Named(), m => Span(m.Groups["w"].Value.ToLowerInvariant(), m.Groups["u"].Value.ToLowerInvariant(), now));
        Take(Since(), m => (m.Groups["w"].Value.Equals("after", StringComparison.OrdinalIgnoreCase) && !HasTime().IsMatch(m.Groups["d"].Value) ? After(m.Groups["d"].Value, now) : Begin(m.Groups["d"].Value, now), null));
        Take(Before(), m => (null, m.Groups["w"].Value.Equals("before", StringComparison.OrdinalIgnoreCase) || HasTime().IsMatch(m.Groups["d"].Value) ? Begin(m.Groups["d"].Value, now) : After(m.Groups["d"].Value, now)));
        Take(Ago(), m => (Back(now, m.Groups["n"].Value, m.Groups["u"].Value), null));
        Take(InMonth(), m => Month(m.Groups["m"].Value, m.Groups["y"].Value, now));
        Take(On(), m => (Begin(m.Groups["d"].Value, now), After(m.Groups["d"].Value, now)));
        return new TimeReading(start, end, question, string.Join(" ", said));

        void Take(Regex form, Func<Match, (DateTimeOffset? Start, DateTimeOffset? End)> read)
        {
            var match = form.Match(question);
            if (!match.Success) return;
            var (from, to) = read(match);
            if (from is null && to is null) return;
            if (from > (start ?? DateTimeOffset.MinValue)) start = from;
            if (to < (end ?? DateTimeOffset.MaxValue)) end = to;
            said.Add(match.Value.Trim());
            question = question.Remove(match.Index, match.Length).Insert(match.Index, " ");
        }
    }

    private static (DateTimeOffset?, DateTimeOffset?) Span(string which, string unit, DateTimeOffset now)
    {
        var today = Day(now);
        var monday = today.AddDays(-(((int)today.DayOfWeek + 6) % 7));
        var first = today.AddDays(1 - today.Day);
        return (which, unit) switch
        {
            ("this", "week") => (monday, null),
            ("this", "month") => (first, null),
            ("this", "year") => (new DateTimeOffset(today.Year, 1, 1, 0, 0, 0, TimeSpan.Zero), null),
            ("this", "morning" or "afternoon" or "evening") => (today, null),
            ("last" or "previous", "week") => (monday.AddDays(-7), monday),
            ("last" or "previous", "month") => (first.AddMonths(-1), first),
            ("last" or "previous", "year") => (new DateTimeOffset(today.Year - 1, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(today.Year, 1, 1, 0, 0, 0, TimeSpan.Zero)),
            ("last", "night") => (today.AddHours(-6), today.AddHours(6)),
            _ => (Back(now, "1", unit), null),
        };
    }

    private static DateTimeOffset? Back(DateTimeOffset now, string number, string unit)
    {
        var n = number.ToLowerInvariant() switch { "" or "a" or "an" or "one" => 1, "two" or "couple of" => 2, "three" or "few" => 3, "four" => 4, "five" => 5, "six" => 6, "seven" => 7, "ten" => 10, var digits => int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? Math.Min(value, 100_000) : 1 };
        return char.ToLowerInvariant(unit[0]) switch
        {
            'm' when unit.StartsWith("mo", StringComparison.OrdinalIgnoreCase) => now.AddMonths(-Math.Min(n, 600)),
            'm' => now.AddMinutes(-n),
            'h' => now.AddHours(-n),
            'd' => now.AddDays(-Math.Min(n, 18_000)),
            'w' => now.AddDays(-7.0 * Math.Min(n, 2_600)),
            'y' => now.AddYears(-Math.Min(n, 50)),
            _ => null,
        };
    }

    /// <summary>When a day, or a time of it, begins.</summary>
    private static DateTimeOffset? Begin(string text, DateTimeOffset now)
    {
        var words = text.Trim().ToLowerInvariant();
        var today = Day(now);
        switch (words)
        {
            case "today": return today;
            case "yesterday": return today.AddDays(-1);
        }
        if (Array.FindIndex(Weekdays, d => words.EndsWith(d, StringComparison.Ordinal)) is >= 0 and var weekday)
        {
            var back = ((int)today.DayOfWeek - weekday + 7) % 7;
            return today.AddDays(-(back == 0 && words.StartsWith("last", StringComparison.Ordinal) ? 7 : back));
        }
        if (DateTimeOffset.TryParseExact(words.Replace('t', ' '), ["yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm", "yyyy-MM-dd"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var exact)) return exact;
        if (DayAndMonth().Match(words) is { Success: true } named)
        {
            var month = Array.FindIndex(Months, m => m.StartsWith(named.Groups["m"].Value, StringComparison.Ordinal)) + 1;
            var given = named.Groups["y"].Success ? int.Parse(named.Groups["y"].Value, CultureInfo.InvariantCulture) : today.Year;
            var day = int.Parse(named.Groups["d"].Value, CultureInfo.InvariantCulture);
            if (month == 0 || given is < 1971 or > 2199 || day < 1 || day > DateTime.DaysInMonth(given, month)) return null;
            var date = new DateTimeOffset(given, month, day, 0, 0, 0, TimeSpan.Zero);
            return date > now && !named.Groups["y"].Success ? date.AddYears(-1) : date;
        }
        return null;
    }

    /// <summary>When the day is over.</summary>
    private static DateTimeOffset? After(string text, DateTimeOffset now) => Begin(text, now)?.AddDays(1);

    private static (DateTimeOffset?, DateTimeOffset?) Month(string name, string year, DateTimeOffset now)
    {
        var month = Array.FindIndex(Months, m => m.Equals(name, StringComparison.OrdinalIgnoreCase)) + 1;
        var given = year.Length > 0 ? int.Parse(year, CultureInfo.InvariantCulture) : now.Year - (month > now.Month ? 1 : 0);
        if (given is < 1971 or > 2199) return (null, null);
        var first = new DateTimeOffset(given, month, 1, 0, 0, 0, TimeSpan.Zero);
        return (first, first.AddMonths(1));
    }

    private static DateTimeOffset Day(DateTimeOffset time) => new(time.UtcDateTime.Date, TimeSpan.Zero);

    private const string Clock = @"(?:[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)?";
    private const string MonthName = "(?:january|february|march|april|may|june|july|august|september|october|november|december)";
    private const string DayForm = @"(?:yesterday|today|(?:last |this )?(?:mon|tues|wednes|thurs|fri|satur|sun)day|[0-9]{4}-[0-9]{2}-[0-9]{2}" + Clock
        + "|[0-9]{1,2}(?:st|nd|rd|th)?(?: of)? " + MonthName + "(?:,? [0-9]{4})?|" + MonthName + " [0-9]{1,2}(?:st|nd|rd|th)?(?:,? [0-9]{4})?)";
    private const string Units = "(?:minutes?|mins?|hours?|hrs?|h|days?|d|weeks?|months?|years?)";
    private const string Amount = "(?:[0-9]{1,6}|a|an|one|two|couple of|few|three|four|five|six|seven|ten)";
    private const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.IgnoreCase;

    [GeneratedRegex(@"\b(?:between|from) (?<a>" + DayForm + ") (?:and|to|until|till) (?<b>" + DayForm + @")\b", Options)]
    private static partial Regex Between();

    [GeneratedRegex(@"\b(?:(?:in|over|during|within|for|from) )?(?:the )?(?:last|past|previous) (?:a )?(?<n>" + Amount + ") ?(?<u>" + Units + @")\b", Options)]
    private static partial Regex Rolling();

    [GeneratedRegex(@"\b(?:(?:in|over|during|within|for|from|since) )?(?:the )?(?<w>last|past|previous|this) (?<u>hour|day|week|month|year|night|morning|afternoon|evening)\b", Options)]
    private static partial Regex Named();

    [GeneratedRegex(@"\b(?<w>since|after|from) (?<d>" + DayForm + @")\b", Options)]
    private static partial Regex Since();

    [GeneratedRegex(@"\b(?<w>before|until|till|up to) (?<d>" + DayForm + @")\b", Options)]
    private static partial Regex Before();

    [GeneratedRegex(@"\b(?:since |from )?(?<n>" + Amount + ") (?<u>" + Units + @") ago\b", Options)]
    private static partial Regex Ago();

    [GeneratedRegex(@"\b(?:in|during) (?<m>" + MonthName + @")(?: (?<y>[0-9]{4}))?\b", Options)]
    private static partial Regex InMonth();

    [GeneratedRegex(@"\b(?:on )?(?<d>" + DayForm + @")\b", Options)]
    private static partial Regex On();

    [GeneratedRegex(@"\b(?:the )?day before yesterday\b", Options)]
    private static partial Regex DayBefore();

    [GeneratedRegex("[0-9]:[0-9]", RegexOptions.NonBacktracking)]
    private static partial Regex HasTime();

    [GeneratedRegex(@"\A(?:(?<d>[0-9]{1,2})(?:st|nd|rd|th)?(?: of)? (?<m>[a-z]+)|(?<m>[a-z]+) (?<d>[0-9]{1,2})(?:st|nd|rd|th)?)(?:,? (?<y>[0-9]{4}))?\z", RegexOptions.NonBacktracking)]
    private static partial Regex DayAndMonth();
}
