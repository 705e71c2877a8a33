using SharpFuzz;
using SmallTalk.Fuzz;

// One target for each parser of foreign bytes: fuzz/run.sh runs them under afl-fuzz.
//   SmallTalk.Fuzz stomp|websocket                  under afl-fuzz
//   SmallTalk.Fuzz stomp|websocket FILE|FOLDER …    these inputs once; the first that is read wrongly ends it with what was wrong
//   SmallTalk.Fuzz seed FOLDER                      writes the corpus that a run begins with
switch (args)
{
    case ["seed", var folder]:
        Seeds.Write(folder);
        break;
    case ["stomp" or "websocket"]:
        var target = Targets.Of(args[0]);
        Fuzzer.OutOfProcess.Run(stream =>
        {
            using var input = new MemoryStream();
            stream.CopyTo(input);
            target(input.ToArray());
        });
        break;
    case ["stomp" or "websocket", .. var paths]:
        var files = paths.SelectMany(path => Directory.Exists(path) ? Directory.GetFiles(path) : [path]).ToList();
        foreach (var file in files)
        {
            try
            {
                Targets.Of(args[0])(File.ReadAllBytes(file));
            }
            catch (Exception e)
            {
                Console.Error.WriteLine($"{file}: {e}");
                return 1;
            }
        }

        Console.WriteLine($"{files.Count} inputs are read as the oracle reads them.");
        break;
    default:
        Console.Error.WriteLine("usage: SmallTalk.Fuzz (stomp|websocket) [FILE|FOLDER …] | seed FOLDER");
        return 2;
}

return 0;
