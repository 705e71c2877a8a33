using System.Net;

namespace SmallTalk.Stomp;

/// <summary>Decides whether a client comes back, and after what wait. No clock and no network are in it.</summary>
sealed class BackOff(StompReconnectOptions options, bool hasFreshCredentials)
{
    int _failures;
    bool _wasTurnedAway;

    /// <param name="closure">How the connection ended, or why there was none.</param>
    /// <param name="lasted">How long it was connected; null when CONNECTED never came.</param>
    /// <param name="answeredFrame">Its ERROR answered a frame of the application: it is not about who connects.</param>
    /// <returns>The wait; null when there is no coming back.</returns>
    public TimeSpan? Next(StompClosure closure, TimeSpan? lasted, bool answeredFrame)
    {
        if (lasted >= options.StableAfter)
            _failures = 0;
        if (options.ShouldReconnect?.Invoke(closure) == false || _failures >= options.MaxTries)
            return null;
        if (IsTurnedAway(closure, lasted is not null) && !answeredFrame)
        {
            // Who is not let in twice in a row, with credentials that were fetched for it, is not let in.
            if (!hasFreshCredentials || (_wasTurnedAway && lasted is null))
                return null;
            _wasTurnedAway = true;
        }
        else
        {
            _wasTurnedAway = false;
        }

        var longest = Min(options.InitialDelay * Math.Pow(2, Math.Min(_failures, 30)), options.MaxDelay);
        if ((int?)closure.CloseCode == StompCloseCode.TryAgainLater || closure.HttpStatus is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable)
            longest = Max(longest, options.TryAgainLaterDelay);
        _failures++;
        var wait = longest * (0.5 + (options.Chance() / 2));
        // A server that names a time means "not before"; chance still spreads those who heard the same.
        return closure.RetryAfter is { } after && after > wait ? after + (wait * 0.5) : wait;
    }

    /// <summary>1008, in whatever way it is said. An ERROR before CONNECTED is it too, unless the code speaks of the server's own trouble.</summary>
    static bool IsTurnedAway(StompClosure closure, bool wasConnected) =>
        (int?)closure.CloseCode == StompCloseCode.NotAllowed
        || closure.HttpStatus is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
        || (closure.Error is not null && !wasConnected
            && (int?)closure.CloseCode is not (StompCloseCode.GoingAway or StompCloseCode.ServerFault or StompCloseCode.Restart or StompCloseCode.TryAgainLater));

    static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
