namespace SmallTalk.Stomp;

/// <summary>What the library itself refuses in the application's name.</summary>
public static class StompRefusals
{
    /// <summary>No route matches the destination, exactly as it is spelled.</summary>
    public static readonly StompRefusal NoSuchDestination = new("no-such-destination", 404, "There is no such destination.");

    /// <summary>The body is not the JSON that the handler reads.</summary>
    public static readonly StompRefusal BadBody = new("bad-body", 400, "The body is not the JSON that this destination expects.");

    /// <summary>A header that the handler needs is missing or malformed.</summary>
    public static readonly StompRefusal BadHeader = new("bad-header", 400, "A header that this destination needs is missing or malformed.");

    /// <summary>A parameter of the handler could not be bound for this connection.</summary>
    public static readonly StompRefusal NotAllowed = new("not-allowed", 403, "This connection can't do that.");

    /// <summary>Who connects could not be made sure of.</summary>
    public static readonly StompRefusal NotAuthenticated = new("not-authenticated", 401, "The credentials are not valid.");

    /// <summary>The connection has as many subscriptions as it may.</summary>
    public static readonly StompRefusal TooManySubscriptions = new("too-many-subscriptions", 429, "This connection has too many subscriptions.");
}
