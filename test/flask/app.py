# A Flask app that knows nothing of Fanfare: the shape of Flask-SSE's tutorials, a page with a form, and its own stream.
import os

from flask import Flask, redirect, render_template_string, request
from flask_sse import sse

app = Flask(__name__)
app.config["REDIS_URL"] = os.environ["REDIS_URL"]
app.register_blueprint(sse, url_prefix="/stream")

PAGE = """<!doctype html>
<meta charset="utf-8">
<title>Flask-SSE</title>
<form action="/send" method="post">
  <input type="text" name="message" autofocus>
  <button type="submit">发送</button>
</form>
<ul id="messages"></ul>
<script>
  const source = new EventSource("/stream?channel=messages");
  source.addEventListener("message", ({ data }) => {
    const item = document.createElement("li");
    item.textContent = JSON.parse(data).message;
    document.getElementById("messages").append(item);
  });
</script>
"""


@app.get("/")
def index():
    return render_template_string(PAGE)


@app.post("/send")
def send():
    sse.publish({"message": request.form["message"]}, channel="messages")
    return redirect("/")


@app.post("/greet")
def greet():
    sse.publish({"message": request.form["message"]}, type="greeting", id=request.form.get("id"), retry=2000)
    return "Message sent!"


@app.post("/many")
def many():
    for number in range(int(request.form["count"])):
        sse.publish({"message": f"{request.form['name']} {number}"}, channel="messages")
    return "Messages sent!"
